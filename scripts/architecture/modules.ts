import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { parseSync } from "rolldown/utils";
import { ROOT } from "../tree.ts";

/** One source file, as far as the architecture is concerned. */
export interface Module {
  readonly path: string;
  /** What it imports, static, dynamic and by re-export, types included. */
  readonly imports: readonly Import[];
  readonly exportsDefault: boolean;
  readonly exportsStar: boolean;
  /** Every statement is a re-export: the file only forwards. */
  readonly isBarrel: boolean;
  readonly isAsync: boolean;
  /** Globals and members it uses, named as in `ONE_PLACE`, with the offset of the first use. */
  readonly uses: ReadonlyMap<string, number>;
}

export interface Import {
  readonly specifier: string;
  /** The path from the root when it is a file of ours. */
  readonly file: string | undefined;
  readonly at: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export function readModule(path: string): Module {
  return parseModule(path, readFileSync(`${ROOT}/${path}`, "utf8"));
}

export function parseModule(path: string, source: string): Module {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const found: Found = { imports: [], uses: new Map(), isAsync: false };
  collect(program as unknown as Node, undefined, "", found);
  const statements = program.body as unknown as readonly Node[];
  return {
    path,
    imports: found.imports.map(({ specifier, at }) => ({
      specifier,
      file: resolve(path, specifier),
      at,
    })),
    exportsDefault: statements.some(isDefaultExport),
    exportsStar: statements.some((node) => node.type === "ExportAllDeclaration"),
    isBarrel: statements.length > 0 && statements.every(isReExport),
    isAsync: found.isAsync,
    uses: found.uses,
  };
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("#contracts/"))
    return `contracts/${specifier.slice("#contracts/".length)}.ts`;
  if (specifier.startsWith("."))
    return posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ""));
  return undefined;
}

function isReExport(node: Node): boolean {
  return (
    node.type === "ExportAllDeclaration" ||
    (node.type === "ExportNamedDeclaration" && node["source"] != null)
  );
}

function isDefaultExport(node: Node): boolean {
  if (node.type === "ExportDefaultDeclaration") return true;
  if (node.type !== "ExportNamedDeclaration") return false;
  const specifiers = node["specifiers"] as readonly { exported: { name?: string } }[];
  return specifiers.some((specifier) => specifier.exported.name === "default");
}

interface Found {
  readonly imports: { specifier: string; at: number }[];
  readonly uses: Map<string, number>;
  isAsync: boolean;
}

function collect(node: Node, parent: Node | undefined, key: string, found: Found): void {
  noteSpecifier(node, found);
  noteUse(node, parent, key, found);
  if (node["async"] === true || node.type === "AwaitExpression") found.isAsync = true;
  for (const [childKey, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) collect(child, node, childKey, found);
    }
  }
}

function note(found: Found, use: string, node: Node): void {
  if (!found.uses.has(use)) found.uses.set(use, node.start);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

const SPECIFIER_OWNERS = new Set([
  "ImportDeclaration",
  "ImportExpression",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "TSImportType",
]);

function noteSpecifier(node: Node, found: Found): void {
  if (!SPECIFIER_OWNERS.has(node.type)) return;
  const source = node["source"];
  if (!isNode(source) || typeof source["value"] !== "string") return;
  found.imports.push({ specifier: source["value"], at: source.start });
  note(found, source["value"], source);
  if (node.type !== "ImportDeclaration") return;
  for (const specifier of node["specifiers"] as readonly Node[]) {
    const imported = specifier["imported"];
    if (isNode(imported)) note(found, `${source["value"]}#${String(imported["name"])}`, imported);
  }
}

function noteUse(node: Node, parent: Node | undefined, key: string, found: Found): void {
  if (node.type === "MemberExpression") {
    const member = memberName(node);
    const object = node["object"];
    if (member === undefined || !isNode(object) || object.type !== "Identifier") return;
    const name = String(object["name"]);
    note(found, name === "globalThis" ? member : `${name}.${member}`, node);
  } else if (node.type === "VariableDeclarator") {
    noteDestructured(node, found);
  } else if (node.type === "NewExpression") {
    const callee = node["callee"];
    const bare = (node["arguments"] as readonly unknown[]).length === 0;
    if (bare && isNode(callee) && callee.type === "Identifier")
      note(found, `new ${String(callee["name"])}()`, node);
  } else if (node.type === "Identifier" && isReference(parent, key)) {
    note(found, String(node["name"]), node);
  }
}

function memberName(node: Node): string | undefined {
  const property = node["property"];
  if (!isNode(property)) return undefined;
  if (node["computed"] === true)
    return typeof property["value"] === "string" ? property["value"] : undefined;
  return String(property["name"]);
}

/** `const { env } = process` reads `process.env` as well. */
function noteDestructured(node: Node, found: Found): void {
  const { id, init } = node;
  if (!isNode(id) || id.type !== "ObjectPattern") return;
  if (!isNode(init) || init.type !== "Identifier") return;
  for (const property of id["properties"] as readonly Node[]) {
    const name = property["key"];
    if (isNode(name)) note(found, `${String(init["name"])}.${String(name["name"])}`, name);
  }
}

/** A name that only labels a property or a parameter is not the global of that name. */
function isReference(parent: Node | undefined, key: string): boolean {
  if (parent === undefined) return false;
  if (key === "property" && parent["computed"] !== true) return false;
  if (key === "key" && parent["computed"] !== true) return false;
  return !["params", "id", "imported", "local", "exported", "label"].includes(key);
}
