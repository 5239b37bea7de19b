import {
  AREAS,
  DEFAULT_EXPORTS,
  ONE_PLACE,
  OPEN_FILES,
  PLAIN_SCRIPTS,
  type Area,
} from "./matrix.ts";
import type { Import, Module } from "./modules.ts";

export interface Violation {
  readonly message: string;
  /** Offset in the source, for the editor's underline. */
  readonly at: number;
}

/** What one module does that the architecture forbids. */
export function violations(module: Module): Violation[] {
  if (!module.path.includes("/")) return [];
  const area = areaOf(module.path);
  if (area === undefined) return [{ message: "this file belongs to no area", at: 0 }];
  return [
    ...module.imports.flatMap((imported) => {
      const message = importComplaint(module.path, area, imported);
      return message === undefined ? [] : [{ message, at: imported.at }];
    }),
    ...shapeComplaints(module, area).map((message) => ({ message, at: 0 })),
    ...onePlaceViolations(module),
  ];
}

function areaOf(path: string): Area | undefined {
  return AREAS.find((area) => area.files.test(path));
}

function importComplaint(
  path: string,
  area: Area,
  { specifier, file }: Import,
): string | undefined {
  if (file === undefined)
    return allowsPackage(area, specifier) ? undefined : `${area.name} may not import ${specifier}`;
  const target = areaOf(file);
  if (target === undefined) return `${specifier} leads into no area`;
  const opened = OPEN_FILES[file];
  if (opened !== undefined && area.mayImport.includes(opened)) return undefined;
  if (target !== area && !area.mayImport.includes(target.name))
    return `${area.name} may not import ${target.name} (${specifier})`;
  return isAnotherFeature(path, file)
    ? `a feature may not import another feature (${specifier})`
    : undefined;
}

function isAnotherFeature(from: string, to: string): boolean {
  const feature = /^server\/features\/([^/]+)\//;
  const [, own] = feature.exec(from) ?? [];
  const [, other] = feature.exec(to) ?? [];
  return own !== undefined && other !== undefined && own !== other && !isTest(from);
}

function allowsPackage(area: Area, specifier: string): boolean {
  const listed = (names: readonly string[]) =>
    names.some((name) =>
      name.endsWith("*") ? specifier.startsWith(name.slice(0, -1)) : specifier === name,
    );
  return "only" in area.packages ? listed(area.packages.only) : !listed(area.packages.not);
}

function shapeComplaints(module: Module, area: Area): string[] {
  const file = module.path.slice(module.path.lastIndexOf("/") + 1);
  const found: string[] = [];
  const isOurs = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.tsx?$/.test(file);
  if (!isOurs && !PLAIN_SCRIPTS.test(module.path))
    found.push("file names are kebab-case, and TypeScript");
  if (module.exportsDefault && !DEFAULT_EXPORTS.test(module.path))
    found.push("a default export; name it");
  if (module.exportsStar) found.push("export *; name what is exported");
  if (module.isBarrel || /^index\.tsx?$/.test(file))
    found.push("a barrel; import from where it is written");
  if (area.name === "decisions" && module.isAsync) found.push("a decision is synchronous");
  return found;
}

function onePlaceViolations(module: Module): Violation[] {
  if (!/^(contracts|server)\//.test(module.path) || isTest(module.path)) return [];
  return ONE_PLACE.filter((rule) => !rule.only.test(module.path)).flatMap((rule) =>
    rule.uses.flatMap((use) => {
      const at = module.uses.get(use);
      return at === undefined ? [] : [{ message: `uses ${use}, but ${rule.what}`, at }];
    }),
  );
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^server\/(.*\/)?(testing|crash)\//.test(path);
}

/** Every import cycle, once, as the list of files that it runs through. */
export function cycles(modules: readonly Module[]): string[][] {
  const graph = new Map(
    modules.map((module) => [module.path, module.imports.flatMap(({ file }) => file ?? [])]),
  );
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(trail.slice(at));
    if (at >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
