/** Stryker's instrumenter: puts all mutants of a file into it, each behind a switch. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface Mutant {
  readonly id: string;
  readonly fileName: string;
  /** Counted from 1. */
  readonly line: number;
  readonly mutatorName: string;
  readonly original: string;
  readonly replacement: string;
}

interface Source {
  readonly name: string;
  readonly mutate: true;
  readonly content: string;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Found extends Omit<Mutant, "line" | "original"> {
  readonly location: { readonly start: Position; readonly end: Position };
  readonly status?: string;
}

interface Instrumenter {
  instrument(
    sources: readonly Source[],
    options: object,
  ): Promise<{ files: { name: string; content: string }[]; mutants: Found[] }>;
}

type CreateInstrumenter = new (log: object) => Instrumenter;

interface Place {
  isStringLiteral(): boolean;
  isTemplateLiteral(): boolean;
  readonly node: {
    readonly value: string;
    readonly quasis: readonly { readonly value: { readonly raw: string } }[];
  };
}

/** @param home where the instrumenter is installed. @param root of a copy of the repository. */
export async function instrument(
  home: string,
  root: string,
  files: readonly string[],
): Promise<Mutant[]> {
  const entry = join(home, "node_modules/@stryker-mutator/instrumenter/dist/src/index.js");
  const { Instrumenter: create } = (await import(pathToFileURL(entry).href)) as {
    Instrumenter: CreateInstrumenter;
  };
  const sources = files.map((name): Source => {
    return { name, mutate: true, content: readFileSync(join(root, name), "utf8") };
  });
  const { files: instrumented, mutants } = await new create(SILENT).instrument(sources, {
    plugins: null,
    excludedMutations: [],
    ignorers: [{ shouldIgnore: (place: Place) => (isProse(place) ? "prose" : undefined) }],
  });
  for (const { name, content } of instrumented) writeFileSync(join(root, name), content);
  const contents = new Map(sources.map(({ name, content }) => [name, content]));
  return mutants
    .filter(({ status }) => status !== "Ignored")
    .map(({ location, ...mutant }) => ({
      ...mutant,
      line: location.start.line + 1,
      original: cut(contents.get(mutant.fileName) ?? "", location),
    }));
}

const SILENT = { debug: () => {}, info: () => {}, isDebugEnabled: () => false };

/** Texts for people are not tested word by word. */
function isProse(place: Place): boolean {
  if (place.isStringLiteral()) return /\s/.test(place.node.value);
  return (
    place.isTemplateLiteral() && place.node.quasis.some(({ value }) => /\w\s|\s\w/.test(value.raw))
  );
}

function cut(content: string, { start, end }: Found["location"]): string {
  const lines = content.split("\n").slice(start.line, end.line + 1);
  const last = lines.length - 1;
  return lines
    .map((line, at) =>
      line.slice(at === 0 ? start.column : 0, at === last ? end.column : undefined),
    )
    .join("\n");
}
