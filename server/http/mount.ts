/**
 * Puts the operations of the contract on their routes. What comes in is checked in this order, and
 * the first thing that is wrong is the answer:
 *
 *   401/403 · 404 · 405 · 413 · 415 · 428 · 412 · 400/422 · 409
 *
 * A precondition is decided together with the change, in the store. Where a request is refused
 * before it gets there, the present state is asked first whether 404 or 412 would have been due.
 */
import type { Handler, HttpApp } from "./env.ts";
import { ROUTES, type OperationId } from "#contracts/routes";
import type { Kind } from "#contracts/state";
import type { Store } from "../store/port.ts";
import { commandHandler } from "./command.ts";
import type { Edge, Say } from "./edge.ts";
import { InFlight } from "./idempotency.ts";
import { isRefusal, type Answered, type Command, type Done, type Read } from "./call.ts";
import { PREFIXES } from "./prefixes.ts";
import { readHandler } from "./read.ts";
import { recordHandler } from "./record.ts";
import { json, type Reply } from "./reply.ts";

export interface Mount {
  /** GET of one record, from its ready-made JSON. */
  record(id: OperationId, kind: Kind): void;
  /** GET of anything else that is a JSON value. */
  query<K extends OperationId>(
    id: K,
    handle: (read: Read<K>) => Answered<object> | Promise<Answered<object>>,
  ): void;
  /** GET with an answer of its own form. */
  reply<K extends OperationId>(
    id: K,
    handle: (read: Read<K>) => Answered<Reply> | Promise<Answered<Reply>>,
    say?: Say,
  ): void;
  /** Everything that changes something. */
  command<K extends OperationId>(id: K, handle: (command: Command<K>) => Promise<Done>): void;
}

export function createMount(ports: {
  readonly app: HttpApp;
  readonly edge: Edge;
  readonly store: Pick<Store, "read">;
  /** A sign of life of whoever asks for a change under a name. */
  readonly seen: (actor: string) => void;
}): Mount {
  const { app, edge, store, seen } = ports;
  const inFlight = new InFlight();

  function route(id: OperationId, handler: Handler): void {
    const { method, path } = ROUTES[id];
    const pattern = path.replace(/\{(\w+)\}/g, ":$1");
    for (const prefix of PREFIXES) app.on(method, prefix + pattern, handler);
  }

  return {
    record: (id, kind) => route(id, recordHandler({ id, kind, edge, store })),
    query: (id, handle) =>
      route(id, readHandler({ id, edge, handle: (read) => asJson(handle(read)) })),
    reply: (id, handle, say) => route(id, readHandler({ id, edge, handle, say })),
    command: (id, handle) => route(id, commandHandler({ id, edge, store, seen, inFlight, handle })),
  };
}

function asJson(
  answer: Answered<object> | Promise<Answered<object>>,
): Answered<Reply> | Promise<Answered<Reply>> {
  return answer instanceof Promise ? answer.then(toJson) : toJson(answer);
}

function toJson(answer: Answered<object>): Answered<Reply> {
  return isRefusal(answer) ? answer : json(answer);
}
