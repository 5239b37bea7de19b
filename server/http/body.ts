/**
 * Reads a request body: no more of it than allowed, as UTF-8, as JSON that is safe to walk.
 *
 * All of this happens before any schema looks at the value, so that no schema has to be robust
 * against thousands of levels or a `__proto__` in disguise.
 */
import type { ProblemError } from "#contracts/problem";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import { escapeToken } from "../kernel/schema-issues.ts";
import { headerOf, type HttpContext } from "./env.ts";

export const BODY_LIMIT_BYTES = 1024 * 1024;
export const LARGE_BODY_LIMIT_BYTES = 16 * 1024 * 1024;
const DEEPEST = 100;

type Read = { readonly ok: true; readonly bytes: Uint8Array } | Refusal<"too-large" | "malformed">;

/** Stops reading at the limit, whether or not the length was announced. */
export async function readBody(c: HttpContext, limitBytes: number): Promise<Read> {
  const request = c.req.raw;
  const announced = Number(headerOf(c, "content-length") ?? Number.NaN);
  if (announced > limitBytes) return tooLarge(limitBytes);
  try {
    // With a length announced, the parser below us lets no more than that through.
    const bytes = Number.isNaN(announced)
      ? await readCounting(request, limitBytes)
      : new Uint8Array(await request.arrayBuffer());
    return bytes === undefined || bytes.length > limitBytes
      ? tooLarge(limitBytes)
      : { ok: true, bytes };
  } catch {
    return refuse("malformed", "The connection broke before the whole body had arrived.");
  }
}

async function readCounting(request: Request, limitBytes: number): Promise<Uint8Array | undefined> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Its type allows any chunk; a request's are always bytes.
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(limitBytes: number): Refusal<"too-large"> {
  const limit = `${limitBytes / 1024 / 1024} MiB`;
  return refuse("too-large", `A body may have ${limit} here. Send less at a time.`, {
    limit_bytes: limitBytes,
  });
}

type Parsed = { readonly ok: true; readonly value: unknown } | Refusal<"malformed" | "invalid">;

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function parseJson(bytes: Uint8Array): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "it is not UTF-8";
    return refuse("malformed", `The body is not JSON: ${reason}`);
  }
  return inspect(value);
}

type Container = Readonly<Record<string, unknown>>;

interface Place {
  readonly value: Container;
  readonly depth: number;
  readonly name: string;
  readonly parent: Place | undefined;
}

/** Iterative: what it has to find is exactly what would overflow a recursion. */
function inspect(value: unknown): Parsed {
  if (!isContainer(value)) return { ok: true, value };
  const errors: ProblemError[] = [];
  const rest: Place[] = [{ value, depth: 1, name: "", parent: undefined }];
  for (let place = rest.pop(); place !== undefined; place = rest.pop()) {
    if (place.depth > DEEPEST) {
      const start = toPointer(place).slice(0, 60);
      return refuse("malformed", `The body nests deeper than ${DEEPEST} levels, at ${start}…`);
    }
    if (Object.hasOwn(place.value, "__proto__")) {
      // JSON.parse makes it an ordinary member; the next copy of the object would not.
      errors.push({ pointer: `${toPointer(place)}/__proto__`, detail: "choose another name" });
    }
    for (const [name, child] of Object.entries(place.value)) {
      if (!isContainer(child)) continue;
      rest.push({ value: child, depth: place.depth + 1, name, parent: place });
    }
  }
  if (errors.length === 0) return { ok: true, value };
  return refuse("invalid", "A member may not be called __proto__.", { errors });
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function toPointer(place: Place): string {
  const names: string[] = [];
  for (let at = place; at.parent !== undefined; at = at.parent) names.unshift(escapeToken(at.name));
  return names.map((name) => `/${name}`).join("");
}
