/**
 * JSON Patch (RFC 6902), as a merge patch over the fields that a caller may change: what is checked
 * and decided about a change is then the same for both.
 */
import { applyPatch, Pointer, type Operation } from "rfc6902";
import { refuse, type Refusal } from "./refusal.ts";
import { escapeToken, type SchemaIssue } from "./schema-issues.ts";

/** "copy" can double a value at each step; beyond this nobody means it. */
const COPIED_CHARS_LIMIT = 1_000_000;

export type MergeFields =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | Refusal<"invalid" | "patch-test-failed">;

export function toMergePatch(
  record: object,
  patch: readonly Operation[],
  names: { readonly editable: readonly string[]; readonly readOnly: readonly string[] },
): MergeFields {
  const patched = structuredClone(record);
  let copied = 0;
  for (const [index, operation] of patch.entries()) {
    if (pointersOf(operation).some(isTrap)) return refusePlace(index, operation, "path");
    if (operation.op === "copy") copied += lengthAt(patched, operation.from);
    if (copied > COPIED_CHARS_LIMIT) {
      return refusePatch(index, "path", "the copies of this patch make the record far too large");
    }
    const refusal = apply(patched, operation, index);
    if (refusal !== undefined) return refusal;
  }
  return changedFields(record, patched, names);
}

function apply(
  target: object,
  operation: Operation,
  index: number,
): Refusal<"invalid" | "patch-test-failed"> | undefined {
  const [error] = applyPatch(target, [operation]);
  if (error == null) return undefined;
  if (error.name === "TestError") {
    return refuse(
      "patch-test-failed",
      `The test at ${operation.path} (operation ${index}) does not hold. ` +
        `Nothing was changed; read the record again and decide anew.`,
      { operation: index, pointer: operation.path },
    );
  }
  const atFrom = "from" in operation && "path" in error && error.path === operation.from;
  return refusePlace(index, operation, atFrom ? "from" : "path");
}

function refusePlace(
  index: number,
  operation: Operation,
  member: "path" | "from",
): Refusal<"invalid"> {
  const place = member === "from" && "from" in operation ? operation.from : operation.path;
  return refusePatch(index, member, `"${operation.op}" finds no place ${JSON.stringify(place)}`);
}

function refusePatch(index: number, member: string, detail: string): Refusal<"invalid"> {
  return refuse("invalid", `The patch cannot be applied: ${detail} (operation ${index}).`, {
    errors: [{ pointer: `/${index}/${member}`, detail }],
  });
}

function pointersOf(operation: Operation): string[] {
  return "from" in operation ? [operation.path, operation.from] : [operation.path];
}

/** Names that mean something else on an object than a member of it. */
function isTrap(pointer: string): boolean {
  return pointer.split("/").some((token) => /^(__proto__|constructor|prototype)$/.test(token));
}

function lengthAt(target: object, pointer: string): number {
  const value: unknown = Pointer.fromJSON(pointer).get(target);
  return value === undefined ? 0 : JSON.stringify(value).length;
}

function changedFields(
  before: object,
  after: object,
  {
    editable,
    readOnly,
  }: { readonly editable: readonly string[]; readonly readOnly: readonly string[] },
): MergeFields {
  const old = new Map(Object.entries(before));
  const now = new Map(Object.entries(after));
  const fields = new Map<string, unknown>();
  const errors: SchemaIssue[] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    if (JSON.stringify(old.get(name)) === JSON.stringify(now.get(name))) continue;
    const pointer = `/${escapeToken(name)}`;
    if (editable.includes(name)) fields.set(name, now.get(name) ?? null);
    else if (readOnly.includes(name))
      errors.push({ pointer, detail: "only the server writes this" });
    else errors.push({ pointer, detail: "is not known here" });
  }
  if (errors.length === 0) return { ok: true, fields: Object.fromEntries(fields) };
  const pointers = errors.map((error) => error.pointer).join(", ");
  return refuse("invalid", `The patch changes what cannot be changed: ${pointers}.`, { errors });
}
