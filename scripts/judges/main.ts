/**
 * Judges that nobody here wrote, on the contract and on what the server really says:
 * `npm run judges`. They are fetched when they are asked, each in the version named here.
 *
 *   redocly, spectral   whether contracts/openapi.json is good OpenAPI 3.1
 *   prism               stands between a client and the server and holds every request and every
 *                       answer of a tour through all operations against contracts/openapi.json
 *   curl                as a script would use it, from tags to streams
 *   editors             vim and sed save into a board that is served
 *   lighthouse          every page, in the system's Chromium: accessibility, best practices, speed
 *
 * `npm run judges -- lighthouse` asks that one alone.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, freePort, startServer } from "../server.ts";
import { ROOT } from "../tree.ts";
import { judgeByCurl } from "./curl.ts";
import { judgeEditors } from "./editors.ts";
import { judgePages } from "./lighthouse.ts";
import { takeTour } from "./tour.ts";

const REDOCLY = "@redocly/cli@2.77.0";
const SPECTRAL = "@stoplight/spectral-cli@6.16.3";
const PRISM = "@stoplight/prism-cli@5.16.0";
const CONTRACT = join(ROOT, "contracts/openapi.json");
const PATIENCE_MS = 120_000;

const home = mkdtempSync(join(tmpdir(), "kyros-judges-"));
const children: ChildProcess[] = [];
process.on("exit", () => {
  for (const { pid } of children) if (pid !== undefined) endGroup(pid);
  rmSync(home, { recursive: true, force: true });
});
let failed = 0;
let passed = 0;

const JUDGES: Readonly<Record<string, () => void | Promise<void>>> = {
  redocly: () => tell("redocly lint", npx(REDOCLY, "lint", CONTRACT)),
  spectral: lintBySpectral,
  prism: judgeByPrism,
  curl: () => judgeByCurl(home, tell),
  editors: () => judgeEditors(home, tell),
  lighthouse: () => judgePages(home, tell),
};
const asked = process.argv.slice(2);
const unknown = asked.find((name) => JUDGES[name] === undefined);
if (unknown !== undefined) {
  console.error(`There is no judge ${unknown}. There are: ${Object.keys(JUDGES).join(", ")}.`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : Object.keys(JUDGES)) await JUDGES[name]?.();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

/** What the judge printed when it was not content. */
function npx(program: string, ...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync("npx", ["--yes", program, ...args], {
    cwd: home,
    encoding: "utf8",
  });
  return status === 0 ? [] : [stdout, stderr];
}

function tell(judge: string, wrong: readonly string[]): void {
  if (wrong.length === 0) passed += 1;
  else failed += 1;
  console.log(`${wrong.length === 0 ? "✓" : "✗"} ${judge}`);
  for (const each of wrong) console.log(`    ${each}`);
}

function lintBySpectral(): void {
  const ruleset = join(home, "spectral.yaml");
  writeFileSync(ruleset, 'extends: ["spectral:oas"]\n');
  const how = ["--ruleset", ruleset, "--fail-severity", "warn"];
  tell("spectral lint", npx(SPECTRAL, "lint", ...how, CONTRACT));
}

async function judgeByPrism(): Promise<void> {
  const [port, proxyPort] = [await freePort(), await freePort()];
  const server = await startServer(join(home, "collaboration"), port);
  const url = `http://127.0.0.1:${proxyPort}`;
  const args = ["proxy", CONTRACT, `http://127.0.0.1:${port}`, "--errors", "-p", `${proxyPort}`];
  children.push(
    server,
    spawn("npx", ["--yes", PRISM, ...args], { cwd: home, stdio: "ignore", detached: true }),
  );
  if (!(await answers(url)))
    return tell("prism", [`did not start within ${PATIENCE_MS / 1_000} s`]);
  const { requests, missed, complaints } = await takeTour(url);
  const unseen = missed.map((operation) => `${operation} was not visited`);
  tell(`prism, between client and server for ${requests} requests`, [...complaints, ...unseen]);
  await end(server, "SIGTERM");
}

async function answers(url: string): Promise<boolean> {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS;) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok === true) return true;
    await sleep(200);
  }
  return false;
}

/** Started by npx: the program itself is its child. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is no group, or gone.
  }
}
