/** What a handler is called with, typed by the operation it serves. */
import type { z } from "zod";
import { OPERATIONS, type Operation, type Operations } from "#contracts/operations";
import type { ProblemCode } from "#contracts/problem";
import type { OperationId } from "#contracts/routes";
import type { Terms } from "../kernel/terms.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Refusal } from "../kernel/refusal.ts";
import type { Exchange } from "./edge.ts";

type OutputOf<T> = T extends z.ZodType ? z.output<T> : undefined;
type FieldOf<T, K extends string> = T extends Record<K, infer V> ? V : undefined;
type ValuesOf<T> = T extends undefined ? undefined : T[keyof T];

type ParamsOf<K extends OperationId> = OutputOf<FieldOf<Operations[K], "params">>;
type QueryOf<K extends OperationId> = OutputOf<FieldOf<Operations[K], "query">>;
type BodyOf<K extends OperationId> = OutputOf<ValuesOf<FieldOf<Operations[K], "body">>>;

/** What a handler of a reading operation gets. */
export interface Read<K extends OperationId = OperationId> {
  readonly exchange: Exchange;
  readonly principal: Principal;
  readonly params: ParamsOf<K>;
  readonly query: QueryOf<K>;
}

/** What a handler of a changing operation gets. */
export interface Command<K extends OperationId = OperationId> extends Read<K> {
  readonly body: BodyOf<K>;
  /** Of the body; which of its schemas it was read by. */
  readonly mediaType: string;
  readonly terms: Terms;
}

export type Answered<T> = T | Refusal<ProblemCode>;

/** How a command went; what the store says of a commit is one of these. */
export type Done =
  | { readonly ok: true; readonly value: object | null; readonly replayed: boolean }
  | Refusal<ProblemCode>;

/** For a POST that only asks. */
export function done(answer: Answered<object>): Promise<Done> {
  return Promise.resolve(isRefusal(answer) ? answer : { ok: true, value: answer, replayed: false });
}

export function isRefusal(answer: object): answer is Refusal<ProblemCode> {
  return "ok" in answer && answer.ok === false && "code" in answer;
}

export function operationOf(id: OperationId): Operation {
  return OPERATIONS[id];
}

/**
 * The parts of a call as the operation types them. The contract's schemas have read each of them by
 * then, but which schema belongs to which type is lost where an operation is looked up by its id.
 */
export function typed<T extends Read>(parts: Record<keyof T, unknown>): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return parts as T;
}
