/**
 * Known weaknesses of the packages: `npm run check:audit`. All of them count, from "moderate" up: the
 * build puts most of what it uses into what is shipped, so a package is not harmless for being listed
 * under `devDependencies`.
 *
 * A registry need not have the service that npm asks. Then nothing was looked up, and this says so and
 * ends with 3, which is not the same as having found nothing.
 */
import { spawnSync } from "node:child_process";
import { ROOT } from "./tree.ts";

const NOT_LOOKED_UP = 3;
const HARMLESS = new Set(["info", "low"]);

interface Audit {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
  readonly metadata?: { readonly dependencies: Readonly<Record<string, number>> };
}

const { stdout } = spawnSync("npm", ["audit", "--json"], { cwd: ROOT, encoding: "utf8" });
const { message, vulnerabilities, metadata } = JSON.parse(stdout || "{}") as Audit;
if (vulnerabilities === undefined || metadata === undefined) {
  console.log(
    `NOT LOOKED UP: this registry answers no audit (${message ?? "npm gave no result"}).`,
  );
  console.log("Run it with the public npm registry, as CI does each week.");
  process.exitCode = NOT_LOOKED_UP;
} else {
  const found = Object.entries(vulnerabilities);
  for (const [name, { severity }] of found) console.log(`${severity.padEnd(8)}  ${name}`);
  const bad = found.filter(([, { severity }]) => !HARMLESS.has(severity));
  console.log(`${metadata.dependencies["total"] ?? "?"} packages, ${bad.length} to be dealt with`);
  process.exitCode = bad.length > 0 ? 1 : 0;
}
