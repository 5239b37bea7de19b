/** What makes two records the same, and the tags that say so. */
import { hash } from "node:crypto";
import canonicalize from "canonicalize";

/** 128 bits of SHA-256 over the canonical JSON (RFC 8785), as 22 URL-safe characters. */
export function digest(value: unknown): string {
  return hash("sha256", canonicalize(value) ?? "", "base64url").slice(0, 22);
}

/**
 * `"<version>-<digest of the rest>"`, quotes included: strong, and never the same for two states of a
 * record, since a version is never used again.
 */
export function toEtag(version: number, contentDigest: string): string {
  return `"${version}-${contentDigest}"`;
}

/** The version inside an ETag of ours, or undefined for any other text. */
export function versionOf(etag: string): number | undefined {
  const match = /^"(\d{1,15})-[\w-]{22}"$/.exec(etag);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** Equal by JSON value: member order does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonicalize(a) === canonicalize(b);
}

/**
 * Natural order: runs of digits compare as numbers, so T-9 stands before T-10; everything else by
 * code unit. Total: two different ids never compare equal.
 */
export function compareIds(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const digitsA = digitRun(a, i);
    const digitsB = digitRun(b, j);
    if (digitsA > i && digitsB > j) {
      const order = compareDigits(a.slice(i, digitsA), b.slice(j, digitsB));
      if (order !== 0) return order;
      i = digitsA;
      j = digitsB;
      continue;
    }
    const order = a.charCodeAt(i) - b.charCodeAt(j);
    if (order !== 0) return order;
    i += 1;
    j += 1;
  }
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0);
}

function digitRun(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at += 1;
  return at;
}

function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, "");
  const y = b.replace(/^0+/, "");
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}
