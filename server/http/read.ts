/** GET of anything that is not one record. */
import type { ProblemCode } from "#contracts/problem";
import type { OperationId } from "#contracts/routes";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import type { Edge, Exchange, Say } from "./edge.ts";
import type { Handler } from "./env.ts";
import { isRefusal, operationOf, typed, type Answered, type Read } from "./call.ts";
import type { Reply } from "./reply.ts";
import { check, queryReader } from "./validate.ts";

export function readHandler<K extends OperationId>(ports: {
  readonly id: K;
  readonly edge: Edge;
  readonly handle: (read: Read<K>) => Answered<Reply> | Promise<Answered<Reply>>;
  readonly say?: Say | undefined;
}): Handler {
  const { id, edge, handle, say } = ports;
  const { params, query } = operationOf(id);
  const readQuery = queryReader(query);

  const answer = (exchange: Exchange): Response | Promise<Response> => {
    const { c } = exchange;
    const readParams = params === undefined ? undefined : check(params, c.req.param(), "path");
    if (readParams?.ok === false) {
      return edge.refuse(exchange, notThere(readParams));
    }
    const asked = readQuery(c);
    if (!asked.ok) return edge.refuse(exchange, asked);
    const answered = handle(
      typed<Read<K>>({
        exchange,
        principal: exchange.principal,
        params: readParams?.value,
        query: asked.value,
      }),
    );
    const send = (given: Answered<Reply>) =>
      isRefusal(given) ? edge.refuse(exchange, given) : edge.send(exchange, given);
    return answered instanceof Promise ? answered.then(send) : send(answered);
  };
  return edge.handler(id, answer, { say });
}

/** A path that cannot name anything names nothing. */
function notThere(refusal: Refusal<"invalid">): Refusal<ProblemCode> {
  return refuse("not-found", refusal.detail, refusal.more);
}
