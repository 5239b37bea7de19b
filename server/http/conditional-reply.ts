/** GET of what is not one record but has an ETag all the same. */
import type { ProblemCode } from "#contracts/problem";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import { evaluate, preconditionsOf } from "./conditional.ts";
import type { HttpContext } from "./env.ts";
import { notModified, tagged, type Reply } from "./reply.ts";

/** @param text its JSON is asked for only when it has to be sent. */
export function conditional(
  c: HttpContext,
  text: { readonly etag: string; json(): string },
): Reply | Refusal<ProblemCode> {
  const conditions = preconditionsOf(c);
  if (!conditions.ok) return conditions;
  switch (evaluate(conditions.given, [text.etag], true)) {
    case "not-modified":
      return notModified(text.etag);
    case "precondition-failed":
      return refuse("precondition-failed", `This has changed; its ETag is now ${text.etag}`, {
        current_etag: text.etag,
      });
    default:
      return tagged(text.json(), text.etag);
  }
}
