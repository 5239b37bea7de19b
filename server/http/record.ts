/**
 * GET of one record: the request that agents and pages send most. It is answered from the JSON that
 * the store keeps ready, without a schema, a promise or a copy on the way.
 */
import type { Kind } from "#contracts/state";
import type { Store } from "../store/port.ts";
import { evaluate, preconditionsOf } from "./conditional.ts";
import type { Edge, Exchange } from "./edge.ts";
import { headerOf, type Handler } from "./env.ts";
import { staleRecord, unknownRecord } from "../store/record-refusals.ts";
import { notModified, tagged } from "./reply.ts";
import { queryReader } from "./validate.ts";

export function recordHandler(ports: {
  readonly id: string;
  readonly kind: Kind;
  readonly edge: Edge;
  readonly store: Pick<Store, "read">;
}): Handler {
  const { id, kind, edge, store } = ports;
  const readQuery = queryReader();

  return edge.handler(id, (exchange: Exchange) => {
    const { c } = exchange;
    const name = c.req.param("id") ?? "";
    const view = store.read();
    const entry = view.get(kind, name);
    if (entry === undefined && headerOf(c, "if-match") === undefined) {
      return edge.refuse(exchange, unknownRecord(kind, name));
    }
    const conditions = preconditionsOf(c);
    if (!conditions.ok) return edge.refuse(exchange, conditions);
    if (entry === undefined) return edge.refuse(exchange, staleRecord(kind, name, entry));
    const { ifMatch } = conditions.given;
    const query = readQuery(c);
    if (!query.ok) return edge.refuse(exchange, query);
    const tags = ifMatch === undefined ? [entry.etag] : [entry.etag, view.collection(kind).etag];
    const outcome = evaluate(conditions.given, tags, true);
    if (outcome === "precondition-failed") {
      return edge.refuse(exchange, staleRecord(kind, name, entry));
    }
    const isKnown = outcome === "not-modified";
    return edge.send(
      exchange,
      isKnown ? notModified(entry.etag) : tagged(entry.json(), entry.etag),
    );
  });
}
