/** What makes two records the same, and the tags that say so. */
import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { isObject } from "../kernel/json.ts";

/** 128 bits of SHA-256 over the canonical JSON (RFC 8785), as 22 URL-safe characters. */
export function digest(value: unknown): string {
  return digestOf(canonicalize(value) ?? "");
}

/** One member of an object, and its piece of the object's canonical JSON. */
export interface Member {
  readonly name: string;
  readonly json: string;
}

/** In canonical order. A record is hashed with some of its members and without; each is written once. */
export function toMembers(record: object): Member[] {
  const members: Member[] = [];
  for (const name of Object.keys(record).toSorted()) {
    const json = canonicalize(Reflect.get(record, name));
    if (json !== undefined) members.push({ name, json: `${canonicalize(name)}:${json}` });
  }
  return members;
}

/** The same as `digest` of an object with these members. */
export function digestMembers(members: readonly Member[]): string {
  return digestOf(`{${members.map(({ json }) => json).join(",")}}`);
}

function digestOf(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 22);
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

/** Equal by JSON value: member order does not count, and an undefined member is none. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, at) => sameJson(item, b[at]))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = namesOf(a);
  return (
    namesOf(b).length === names.length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  );
}

function namesOf(value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value).filter((name) => value[name] !== undefined);
}
