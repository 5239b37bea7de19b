/** GET of what cannot change while the process runs. */
import { hash } from "node:crypto";
import type { ProblemCode } from "#contracts/problem";
import type { Refusal } from "../kernel/refusal.ts";
import { conditional } from "./conditional-reply.ts";
import type { Exchange } from "./edge.ts";
import type { Reply } from "./reply.ts";

export function fixed(
  value: object,
): (read: { readonly exchange: Exchange }) => Reply | Refusal<ProblemCode> {
  const json = JSON.stringify(value);
  const etag = `"${hash("sha256", json, "base64url").slice(0, 22)}"`;
  return ({ exchange }) => conditional(exchange.c, { etag, json: () => json });
}
