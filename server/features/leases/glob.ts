/**
 * The globs of path leases, and whether two of them can match the same file.
 *
 *   `*` and `?` stay inside one segment and match a leading dot too · `**` as a whole segment stands
 *   for any number of segments, none included · `[a-z]`, `[!a-z]` · `{a,b}` · `\` takes the next
 *   character as it is. Everything else is literal, parentheses too.
 *
 *   1. Exact for literals, `*`, `?`, braces, and `**` as a whole segment.
 *   2. Never says no where a file exists that both match. It says yes too often in two places: a
 *      bracket also matches its own text, since `app/[id]/page.ts` is a file that people have; and
 *      `**` inside a segment crosses folders too, as those who write `src/**.ts` expect.
 *   3. Takes time in proportion to the product of the two lengths, whatever the patterns are: both
 *      become automata without backtracking, and are walked side by side.
 */

/** Inclusive ranges of UTF-16 code units. */
type CharSet = readonly (readonly [number, number])[];

interface Edge {
  readonly to: number;
  /** Absent: taken without a character. */
  readonly on?: CharSet;
}

/** From state 0 to `end`. */
export interface Automaton {
  readonly edges: readonly (readonly Edge[])[];
  readonly end: number;
  /** What every match begins with, but for a final slash: `src/**` matches `src`. */
  readonly prefix: string;
}

const LAST_UNIT = 0xffff;
const SLASH = 47;
const ANY: CharSet = [[0, LAST_UNIT]];
const IN_SEGMENT: CharSet = [
  [0, SLASH - 1],
  [SLASH + 1, LAST_UNIT],
];

export function overlaps(a: Automaton, b: Automaton): boolean {
  if (!a.prefix.startsWith(b.prefix) && !b.prefix.startsWith(a.prefix)) return false;
  const width = b.end + 1;
  const seen = new Uint8Array((a.end + 1) * width);
  const rest: number[] = [];
  const visit = (stateA: number, stateB: number) => {
    const pair = stateA * width + stateB;
    if (seen[pair] === 1) return;
    seen[pair] = 1;
    rest.push(pair);
  };
  visit(0, 0);
  for (let pair = rest.pop(); pair !== undefined; pair = rest.pop()) {
    const stateA = Math.floor(pair / width);
    const stateB = pair % width;
    if (stateA === a.end && stateB === b.end) return true;
    const edgesB = b.edges[stateB] ?? [];
    for (const edgeB of edgesB) if (edgeB.on === undefined) visit(stateA, edgeB.to);
    for (const edgeA of a.edges[stateA] ?? []) {
      if (edgeA.on === undefined) visit(edgeA.to, stateB);
      for (const edgeB of edgesB) if (share(edgeA, edgeB)) visit(edgeA.to, edgeB.to);
    }
  }
  return false;
}

/** Whether one character leads along both edges. */
function share({ on: a }: Edge, { on: b }: Edge): boolean {
  if (a === undefined || b === undefined) return false;
  return a.some(([lowA, highA]) => b.some(([lowB, highB]) => lowA <= highB && lowB <= highA));
}

export function compileGlob(glob: string): Automaton {
  const compiler = new Compiler(glob);
  const end = compiler.sequence(0, 0).state;
  return compiler.finish(end);
}

/** A path as it is: no character of it means anything else. */
export function compilePath(path: string): Automaton {
  const edges = Array.from(path, (_, at): Edge[] => [{ to: at + 1, on: exactly(path, at) }]);
  return { edges: [...edges, []], end: edges.length, prefix: path };
}

/** Reads the pattern from left to right; each piece leads from one state to a new one. */
class Compiler {
  readonly #text: string;
  readonly #edges: Edge[][] = [[]];

  constructor(text: string) {
    this.#text = text.replace(/(^|\/)\*\*(?:\/\*\*)+(?=\/|$)/g, "$1**");
  }

  finish(end: number): Automaton {
    const last = this.#state();
    this.#link(end, last);
    const prefix = /^[^\\*?[{]*/.exec(this.#text)?.[0] ?? "";
    return { edges: this.#edges, end: last, prefix };
  }

  /** @param depth of braces: inside them `,` and `}` end the sequence. */
  sequence(start: number, from: number, depth = 0): { state: number; at: number } {
    let state = start;
    let at = from;
    const ends = depth > 0 ? ",}" : "";
    while (at < this.#text.length && !ends.includes(this.#text.charAt(at))) {
      ({ state, at } = this.#piece(state, at, depth));
    }
    return { state, at };
  }

  #piece(state: number, at: number, depth: number): { state: number; at: number } {
    const char = this.#text.charAt(at);
    if (char === "\\" && at + 1 < this.#text.length) return this.#literal(state, at + 1);
    if (char === "?") return { state: this.#step(state, IN_SEGMENT), at: at + 1 };
    if (char === "*") return this.#stars(state, at, depth);
    if (char === "/" && this.#isFinalGlobstar(at + 1, depth)) {
      const { state: inside } = this.#literal(state, at);
      const out = this.#state();
      this.#link(state, out);
      this.#link(this.#loop(inside, ANY), out);
      return { state: out, at: at + 3 };
    }
    const bracketEnd = char === "[" ? this.#bracketEnd(at) : -1;
    if (bracketEnd !== -1) return this.#bracket(state, at, bracketEnd);
    if (char === "{" && this.#isChoice(at)) return this.#choice(state, at, depth);
    return this.#literal(state, at);
  }

  #literal(state: number, at: number): { state: number; at: number } {
    return { state: this.#step(state, exactly(this.#text, at)), at: at + 1 };
  }

  #stars(state: number, at: number, depth: number): { state: number; at: number } {
    let next = at;
    while (this.#text.charAt(next) === "*") next += 1;
    if (next - at === 1) {
      const isSegment = this.#isEdge(at - 1, "") && this.#isEdge(next, "");
      const from = isSegment ? this.#step(state, IN_SEGMENT) : state;
      return { state: this.#loop(from, IN_SEGMENT), at: next };
    }
    const inside = this.#loop(state, ANY);
    const isSegment = this.#isEdge(at - 1, depth > 0 ? "{," : "");
    if (!isSegment || this.#text.charAt(next) !== "/") return { state: inside, at: next };
    const out = this.#state();
    this.#link(state, out);
    this.#link(inside, out, exactly("/", 0));
    return { state: out, at: next + 1 };
  }

  #isEdge(at: number, also: string): boolean {
    const char = this.#text.charAt(at);
    return char === "" || char === "/" || also.includes(char);
  }

  #isFinalGlobstar(at: number, depth: number): boolean {
    if (!this.#text.startsWith("**", at)) return false;
    const next = this.#text.charAt(at + 2);
    return next === "" || (depth > 0 && ",}".includes(next));
  }

  #bracketEnd(open: number): number {
    let at = open + 1;
    if ("!^".includes(this.#text.charAt(at))) at += 1;
    if (this.#text.charAt(at) === "]") at += 1;
    while (at < this.#text.length && this.#text.charAt(at) !== "]") {
      const isNamed = this.#text.startsWith("[:", at);
      const named = isNamed ? this.#text.indexOf(":]", at + 2) : -1;
      if (named !== -1) at = named + 2;
      else at += this.#text.charAt(at) === "\\" ? 2 : 1;
    }
    return at < this.#text.length ? at : -1;
  }

  #bracket(state: number, open: number, close: number): { state: number; at: number } {
    const out = this.#state();
    this.#link(state, out, toCharSet(this.#text.slice(open + 1, close)));
    let literal = state;
    for (let at = open; at <= close; at += 1) literal = this.#literal(literal, at).state;
    this.#link(literal, out);
    return { state: out, at: close + 1 };
  }

  /** `{a}` and a brace that is not closed are literal, as in a shell. */
  #isChoice(open: number): boolean {
    let depth = 0;
    let hasComma = false;
    for (let at = open; at < this.#text.length; at += 1) {
      const char = this.#text.charAt(at);
      if (char === "\\") at += 1;
      else if (char === "{") depth += 1;
      else if (char === "," && depth === 1) hasComma = true;
      else if (char === "}") depth -= 1;
      if (depth === 0) return hasComma;
    }
    return false;
  }

  #choice(state: number, open: number, depth: number): { state: number; at: number } {
    const out = this.#state();
    let at = open;
    do {
      const branch = this.#state();
      this.#link(state, branch);
      const read = this.sequence(branch, at + 1, depth + 1);
      this.#link(read.state, out);
      ({ at } = read);
    } while (this.#text.charAt(at) === ",");
    return { state: out, at: at + 1 };
  }

  #state(): number {
    this.#edges.push([]);
    return this.#edges.length - 1;
  }

  #link(from: number, to: number, on?: CharSet): void {
    this.#edges[from]?.push(on === undefined ? { to } : { to, on });
  }

  #step(from: number, on: CharSet): number {
    const to = this.#state();
    this.#link(from, to, on);
    return to;
  }

  #loop(from: number, on: CharSet): number {
    const state = this.#state();
    this.#link(from, state);
    this.#link(state, state, on);
    return state;
  }
}

function exactly(text: string, at: number): CharSet {
  const unit = text.charCodeAt(at);
  return [[unit, unit]];
}

function toCharSet(content: string): CharSet {
  const isNegated = content.startsWith("!") || content.startsWith("^");
  const members = isNegated ? content.slice(1) : content;
  // The named classes of POSIX: wider than they are, rather than a table of them.
  if (members.includes("[:")) return IN_SEGMENT;
  const ranges: (readonly [number, number])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    if (members.charAt(at) === "\\" && at + 1 < members.length) at += 1;
    const low = members.charCodeAt(at);
    if (members.charAt(at + 1) !== "-" || at + 2 >= members.length) {
      ranges.push([low, low]);
      continue;
    }
    at += members.charAt(at + 2) === "\\" && at + 3 < members.length ? 3 : 2;
    const high = members.charCodeAt(at);
    if (low <= high) ranges.push([low, high]);
  }
  return isNegated ? complement([...ranges, [SLASH, SLASH]]) : ranges;
}

function complement(ranges: CharSet): CharSet {
  const gaps: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (low > from) gaps.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  return from <= LAST_UNIT ? [...gaps, [from, LAST_UNIT]] : gaps;
}
