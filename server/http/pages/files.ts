/** Files of a built folder, as answers. */
import { hash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { headerOf, type HttpContext } from "../env.ts";
import { evaluate, preconditionsOf } from "../conditional.ts";
import { notModified, type Headers, type Reply } from "../reply.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Fonts and pictures are compressed already. */
const TEXT = /^text\/|json$|svg/;
/** Less fits into one packet anyway. */
const LEAST_BYTES = 1_024;
const MOST_ZIPS = 200;
const zips = new Map<string, Uint8Array<ArrayBuffer>>();

/**
 * The file below a folder that a URL path names, or undefined. Each part of the path has to be an
 * ordinary name, so there is no way out of the folder and none to a hidden file.
 */
export async function fileReply(
  c: HttpContext,
  folder: string,
  path: string,
  headers: Headers,
): Promise<Reply | undefined> {
  const parts = path.split("/").filter((part) => part !== "");
  const type = TYPES[extname(path)];
  if (type === undefined || !parts.every((part) => /^[\w@+~-][\w@+~.-]*$/.test(part))) {
    return undefined;
  }
  const bytes = await read(folder, parts);
  if (bytes === undefined) return undefined;
  const digest = hash("sha256", bytes, "base64url").slice(0, 22);
  const isText = TEXT.test(type) && bytes.length > LEAST_BYTES;
  const isZipped = isText && takesGzip(headerOf(c, "accept-encoding"));
  const etag = isZipped ? `"${digest}-gz"` : `"${digest}"`;
  const conditions = preconditionsOf(c);
  const given = conditions.ok ? conditions.given : {};
  if (evaluate({ ifNoneMatch: given.ifNoneMatch }, [etag], true) === "not-modified") {
    return notModified(etag);
  }
  return {
    status: 200,
    body: isZipped ? await zipped(digest, bytes) : bytes,
    headers: {
      ...headers,
      "Content-Type": type,
      ETag: etag,
      ...(isText ? { Vary: "Accept-Encoding" } : {}),
      ...(isZipped ? { "Content-Encoding": "gzip" } : {}),
    },
  };
}

/** RFC 9110 section 12.5.3, for the one coding that every browser takes. */
function takesGzip(accepted = ""): boolean {
  return accepted.split(",").some((part) => {
    const [coding = "", weight = "1"] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q=/);
    return coding === "gzip" && Number(weight) > 0;
  });
}

/** Each content once: a built folder has few files, and they hardly ever change. */
async function zipped(digest: string, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const known = zips.get(digest);
  if (known !== undefined) return known;
  if (zips.size >= MOST_ZIPS) zips.clear();
  const made = new Uint8Array(await promisify(gzip)(bytes));
  zips.set(digest, made);
  return made;
}

/** A link within the folder must not lead out of it. */
async function read(
  folder: string,
  parts: readonly string[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const path = await realpath(join(folder, ...parts));
    return path.startsWith((await realpath(folder)) + sep) ? await readFile(path) : undefined;
  } catch {
    return undefined;
  }
}
