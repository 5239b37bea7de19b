/** A state file as people and git leave it: parsed, checked, and where it is wrong, told where. */
import { hash } from "node:crypto";
import { findNodeAtLocation, parseTree, visit, type ParseError } from "jsonc-parser";
import type { Kind, RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { isObject } from "../kernel/json.ts";
import { createEntry, type StoredEntry } from "./entry.ts";
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
    /** Digest of bytes that were found good before: no search for double keys. */
    readonly trusted?: string | undefined;
  },
): Document<RecordOf[K]> {
  const text = bytes.toString("utf8");
  const wrong = (offset: number, detail: string) =>
    invalidAt(definition.file, text, offset, detail);
  if (text.includes("\uFFFD") && !bytes.includes("\uFFFD")) {
    return wrong(text.indexOf("\uFFFD"), "the file is not UTF-8");
  }
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return wrong(...syntaxError(text));
  }
  const misfit = headProblem(definition.kind, root);
  if (misfit !== undefined) return wrong(offsetOf(text, misfit.path), misfit.detail);
  // `JSON.parse` keeps the last of two equal keys: a record that a bad merge doubled would be lost.
  if (given.trusted === undefined || given.trusted !== digestOf(bytes)) {
    const double = doubleKey(text);
    if (double !== undefined) return wrong(double.offset, `${double.name} stands here twice`);
  }
  const entries = new Map<string, StoredEntry<RecordOf[K]>>();
  for (const [id, raw] of itemsOf(root)) {
    const known = given.known?.get(id);
    if (known !== undefined && JSON.stringify(raw) === known.json()) {
      entries.set(id, known);
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

function headProblem(kind: Kind, root: unknown): { path: string[]; detail: string } | undefined {
  if (!isObject(root) || !isObject(root["items"])) {
    return { path: [], detail: `expected {"kind": "${kind}", "schema": 1, "items": {…}}` };
  }
  if (root["kind"] !== kind) return { path: ["kind"], detail: `"kind" must be "${kind}"` };
  if (root["schema"] === 1) return undefined;
  return { path: ["schema"], detail: '"schema" must be 1: this server knows no other' };
}

function itemsOf(root: unknown): [id: string, raw: unknown][] {
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
  const errors: ParseError[] = [];
  parseTree(text, errors);
  if (text.trim() === "") return [0, "the file is empty"];
  return [errors[0]?.offset ?? 0, "this is not JSON"];
}

function doubleKey(text: string): { name: string; offset: number } | undefined {
  const open: Set<string>[] = [];
  let found: { name: string; offset: number } | undefined;
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectEnd: () => void open.pop(),
    onObjectProperty(name, offset) {
      const names = open.at(-1);
      if (names?.has(name) === true) found ??= { name, offset };
      names?.add(name);
    },
  });
  return found;
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
