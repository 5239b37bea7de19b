/** A state file as people and git leave it: parsed, checked, and where it is wrong, told where. */
import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import {
  findNodeAtLocation,
  parseTree,
  printParseErrorCode,
  visit,
  type ParseError,
} from "jsonc-parser";
import type { Kind, RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { isObject } from "../kernel/json.ts";
import { sameJson } from "./canonical.ts";
import { createEntry, type StoredEntry } from "./entry.ts";
import { findFlaw, tooDeepAt } from "./json-limits.ts";
import type { KindDefinition } from "./kind.ts";

export interface Invalid {
  readonly ok: false;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly detail: string;
}

export type Document<R> =
  | { readonly ok: true; readonly entries: ReadonlyMap<string, StoredEntry<R>> }
  | Invalid;

export function parseDocument<K extends Kind>(
  definition: KindDefinition<K>,
  bytes: Buffer,
  given: {
    readonly now: Instant;
    /** What stands in memory: an equal record is not read and hashed again. */
    readonly known?: { get(id: string): StoredEntry<RecordOf[K]> | undefined };
    /** Digest of bytes that were found good before: no search for double keys and the like. */
    readonly trusted?: string | undefined;
    /** The digests of the records in those bytes: they need not be checked and hashed again. */
    readonly contentOf?: ((id: string) => string | undefined) | undefined;
  },
): Document<RecordOf[K]> {
  // Some editors on Windows put a byte order mark there.
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  const wrong = (offset: number, detail: string) =>
    invalidAt(definition.file, text, offset, detail);
  if (!isUtf8(bytes)) return wrong(firstBadByte(bytes), "the file is not UTF-8");
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return wrong(...syntaxError(text));
  }
  const misfit = headProblem(definition.kind, root);
  if (misfit !== undefined) return wrong(offsetOf(text, misfit.path), misfit.detail);
  const isTrusted = given.trusted !== undefined && given.trusted === digestOf(bytes);
  if (!isTrusted) {
    const flaw = flawIn(root, text) ?? doubleKey(text);
    if (flaw !== undefined) return wrong(flaw.offset, flaw.detail);
  }
  const entries = new Map<string, StoredEntry<RecordOf[K]>>();
  const items = itemsOf(root);
  const isVouchedFor = isTrusted && readsAsItStands(definition, items[0], given.now);
  const contentOf = isVouchedFor ? given.contentOf : undefined;
  for (const [id, raw] of items) {
    const ready = readyEntry(definition, [id, raw], given.known, contentOf);
    if (ready !== undefined) {
      entries.set(id, ready);
      continue;
    }
    const read = definition.read(id, raw, given.now);
    if (!read.ok) {
      const { pointer, detail } = read.issues[0] ?? { pointer: "", detail: "invalid" };
      return wrong(
        offsetOf(text, ["items", id, ...segments(pointer)]),
        `${id}${pointer}: ${detail}`,
      );
    }
    entries.set(id, createEntry(definition, id, read.record));
  }
  return { ok: true, entries };
}

/**
 * Whether a record that an earlier run wrote is the same to this one. It is not when the schema got a
 * field since: then all of them have to be read anew, and the first shows it.
 */
function readsAsItStands<K extends Kind>(
  definition: KindDefinition<K>,
  item: Item | undefined,
  now: Instant,
): boolean {
  if (item === undefined) return false;
  const read = definition.read(...item, now);
  return read.ok && sameJson(read.record, item[1]);
}

/** What needs no reading: a record that is vouched for, or the same as the one in memory. */
function readyEntry<K extends Kind>(
  definition: KindDefinition<K>,
  [id, raw]: Item,
  known: { get(id: string): StoredEntry<RecordOf[K]> | undefined } | undefined,
  contentOf: ((id: string) => string | undefined) | undefined,
): StoredEntry<RecordOf[K]> | undefined {
  const content = contentOf?.(id);
  if (content !== undefined) return createEntry(definition, id, raw as RecordOf[K], content);
  const same = known?.get(id);
  return same !== undefined && JSON.stringify(raw) === same.json() ? same : undefined;
}

function headProblem(kind: Kind, root: unknown): { path: string[]; detail: string } | undefined {
  if (!isObject(root) || !isObject(root["items"])) {
    return { path: [], detail: `expected {"kind": "${kind}", "schema": 1, "items": {…}}` };
  }
  if (root["kind"] !== kind) return { path: ["kind"], detail: `"kind" must be "${kind}"` };
  if (root["schema"] !== 1) {
    return { path: ["schema"], detail: '"schema" must be 1: this server knows no other' };
  }
  const stray = Object.keys(root).find((name) => !HEAD.includes(name));
  if (stray === undefined) return undefined;
  return {
    path: [stray],
    detail: `${JSON.stringify(stray)} has no place beside ${HEAD.join(", ")}`,
  };
}

const HEAD = ["kind", "schema", "items"];

type Item = readonly [id: string, raw: unknown];

function itemsOf(root: unknown): Item[] {
  return isObject(root) && isObject(root["items"]) ? Object.entries(root["items"]) : [];
}

export function digestOf(bytes: Buffer): string {
  return hash("sha256", bytes, "base64url");
}

function syntaxError(text: string): [offset: number, detail: string] {
  const marker = /^(<{7}|={7}|>{7})/m.exec(text);
  if (marker !== null) {
    return [marker.index, "a merge conflict is not resolved: keep one side and remove the markers"];
  }
  if (text.trim() === "") return [0, "the file is empty"];
  const deep = tooDeepAt(text);
  if (deep !== undefined) return [deep.offset, deep.detail];
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true });
  const [error] = errors;
  if (error === undefined) return [0, "this is not JSON"];
  const words = printParseErrorCode(error.error).replaceAll(/(?<=[a-z])[A-Z]/g, " $&");
  return [error.offset, `this is not JSON (${words.toLowerCase()})`];
}

interface Misfit {
  readonly offset: number;
  readonly detail: string;
}

function flawIn(root: unknown, text: string): Misfit | undefined {
  const flaw = findFlaw(root);
  if (flaw === undefined) return undefined;
  // What is too deep for us is too deep for the parser that knows the places of values.
  const { path, detail } = flaw;
  return tooDeepAt(text) ?? { offset: offsetOf(text, path), detail: `${path.at(-1)} ${detail}` };
}

/** `JSON.parse` keeps the last of two equal keys: a record that a bad merge doubled would be lost. */
function doubleKey(text: string): Misfit | undefined {
  const open: Set<string>[] = [];
  let found: Misfit | undefined;
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectEnd: () => void open.pop(),
    onObjectProperty(name, offset) {
      const names = open.at(-1);
      if (names?.has(name) === true) found ??= { offset, detail: `${name} stands here twice` };
      names?.add(name);
    },
  });
  return found;
}

/** Offset in the text, not counting a byte order mark. */
function firstBadByte(bytes: Buffer): number {
  const text = bytes.toString("utf8");
  const again = Buffer.from(text);
  const at = bytes.findIndex((byte, index) => byte !== again[index]);
  return bytes
    .subarray(0, at)
    .toString("utf8")
    .replace(/^\uFEFF/, "").length;
}

/** Where the value stands; where it is missing, the nearest thing around it. */
function offsetOf(text: string, path: readonly (string | number)[]): number {
  const tree = parseTree(text);
  if (tree === undefined) return 0;
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node !== undefined) return node.offset;
  }
  return 0;
}

function segments(pointer: string): (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function invalidAt(file: string, text: string, offset: number, detail: string): Invalid {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  return { ok: false, file, line, column, detail };
}
