/**
 * A call over HTTP that loads nothing but Node's own `http`. The global `fetch` costs as much time to
 * load as the rest of a command altogether, and so does an import of `node:http`: it fills in every
 * export, among them ones that load `fetch`.
 */
import type { WireInit, WireResponse } from "#contracts/client";

export function send(url: string, init: WireInit): Promise<WireResponse> {
  if (!url.startsWith("http:")) return fetch(url, init);
  const { request } = process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    const { method, headers, body, signal } = init;
    const options = { method, headers, ...(signal !== undefined && { signal }) };
    const call = request(url, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => (text += piece));
      answer.on("error", reject);
      answer.on("end", () => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: { get: (name) => toText(answer.headers[name.toLowerCase()]) },
          json: () => Promise.resolve(text).then((json): unknown => JSON.parse(json)),
        });
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}

function toText(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  return Array.isArray(header) ? header.join(", ") : header;
}

/** Nobody listens there: the call was certainly not carried out. */
export function wasRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
