import { AREAS, DEFAULT_EXPORTS, ONE_PLACE, OPEN_FILES, type Area } from "./matrix.ts";
import type { Import, Module } from "./modules.ts";

/** What one module does that the architecture forbids, each as a sentence. */
export function violations(module: Module): string[] {
  const area = areaOf(module.path);
  if (area === undefined) return isTopLevel(module.path) ? [] : [`${module.path}: in no area`];
  return [
    ...module.imports.flatMap((imported) => importViolations(module, area, imported)),
    ...shapeViolations(module),
    ...onePlaceViolations(module),
    ...(area.name === "decisions" && module.isAsync
      ? [`${module.path}: a decision is synchronous`]
      : []),
  ];
}

export function areaOf(path: string): Area | undefined {
  return AREAS.find((area) => area.files.test(path));
}

function isTopLevel(path: string): boolean {
  return !path.includes("/");
}

function importViolations(module: Module, area: Area, { specifier, file }: Import): string[] {
  if (file === undefined) {
    return allowsPackage(area, specifier)
      ? []
      : [`${module.path}: ${area.name} may not import ${specifier}`];
  }
  const target = areaOf(file);
  if (target === undefined) return [`${module.path}: ${specifier} leads into no area`];
  const opened = OPEN_FILES[file];
  if (opened !== undefined && area.mayImport.includes(opened)) return [];
  if (target.name !== area.name && !area.mayImport.includes(target.name))
    return [`${module.path}: ${area.name} may not import ${target.name} (${specifier})`];
  if (isAnotherFeature(module.path, file))
    return [`${module.path}: a feature may not import another feature (${specifier})`];
  return [];
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

function shapeViolations(module: Module): string[] {
  const { path } = module;
  const file = path.slice(path.lastIndexOf("/") + 1);
  const found: string[] = [];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.tsx?$/.test(file))
    found.push(`${path}: file names are kebab-case, and TypeScript`);
  if (module.exportsDefault && !DEFAULT_EXPORTS.test(path))
    found.push(`${path}: default export; name it`);
  if (module.exportsStar) found.push(`${path}: export *; name what is exported`);
  if (module.isBarrel || /^index\.tsx?$/.test(file))
    found.push(`${path}: a barrel; import from where it is written`);
  return found;
}

function onePlaceViolations(module: Module): string[] {
  if (!/^(contracts|server)\//.test(module.path) || isTest(module.path)) return [];
  return ONE_PLACE.filter((rule) => !rule.only.test(module.path)).flatMap((rule) =>
    rule.uses
      .filter((use) => module.uses.has(use))
      .map((use) => `${module.path}: uses ${use}, but ${rule.what}`),
  );
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith("server/store/crash/");
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
