/** What JSON can say, and no record or event can hold: it has no digest, or no way back to text. */
import { isObject } from "../kernel/json.ts";

export interface Flaw {
  readonly path: readonly (string | number)[];
  readonly detail: string;
}

/** Far more than anybody means, and far less than what a recursion survives. */
const MOST_LEVELS = 100;
const TOO_DEEP = `nested deeper than ${MOST_LEVELS} levels`;
const NOT_UNICODE = "is not well-formed Unicode (a lone surrogate)";

interface Level {
  readonly container: object;
  readonly path: Flaw["path"];
}

/** The first thing found that cannot be kept. Does not recurse: what it is given may be deep. */
export function findFlaw(value: unknown): Flaw | undefined {
  const open: Level[] = [{ container: [value], path: [] }];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    const { container, path } = level;
    const isList = Array.isArray(container);
    for (const [name, member] of Object.entries(container)) {
      const here = () => [...path, isList ? Number(name) : name];
      const detail = flawOf(isList ? "" : name, member, path.length);
      if (detail !== undefined) return { path: here().slice(1), detail };
      if (isObject(member) || Array.isArray(member)) open.push({ container: member, path: here() });
    }
  }
  return undefined;
}

function flawOf(name: string, value: unknown, level: number): string | undefined {
  if (level > MOST_LEVELS) return TOO_DEEP;
  if (!name.isWellFormed()) return NOT_UNICODE;
  if (typeof value === "string" && !value.isWellFormed()) return NOT_UNICODE;
  if (typeof value === "number" && !Number.isFinite(value)) return "is too large for a number";
  return undefined;
}

/** Where in a text, be it JSON or not, the nesting becomes too deep. */
export function tooDeepAt(text: string): { offset: number; detail: string } | undefined {
  let level = 0;
  // A string that does not end takes the rest: to look for its end again from each quotation mark in it
  // would take minutes in a half-saved file.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*(?:"|\\?$)|[[\]{}]/gs)) {
    if (token === "[" || token === "{") level += 1;
    else if (token === "]" || token === "}") level -= 1;
    if (level > MOST_LEVELS) return { offset: index, detail: TOO_DEEP };
  }
  return undefined;
}
