/**
 * Programs of the protocol's own makers judge the door, over a real socket. A scenario that asks for a
 * tool, a resource or a prompt of their reference server cannot be passed by any other server; each of
 * those is named here with that reason, so that a new one does not go unnoticed.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const SLOW = 120_000;

/** Needs what only the reference server has, by the beginning of its name. */
const REFERENCE_ONLY: readonly string[] = [
  "tools-call-",
  "resources-read-",
  "resources-templates-read",
  "prompts-get-",
  "json-schema-2020-12",
  "elicitation-",
  "input-required-result-",
  "http-custom-header-server-validation",
];
/** Parts of the protocol that the server says it does not have. */
const NOT_OFFERED: readonly string[] = [
  // Of agents' own tasks, which are no tasks of a board; and of skills.
  "tasks-",
  "sep-2640-skills-",
  // Deprecated in 2026-07-28.
  "logging-set-level",
  // Older clients have subscriptions over stdio: over HTTP they would need a session.
  "resources-subscribe",
  "resources-unsubscribe",
];

let home: string;
let folder: string;
let url: string;
let server: ChildProcess;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "kyros-judges-"));
  folder = join(home, "collaboration");
  const env = { ...process.env, KYROS_DIR: folder, PORT: "0", LOG_LEVEL: "error" };
  server = spawn(process.execPath, ["server/main.ts"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let banner = "";
  for await (const piece of server.stdout ?? []) {
    banner += String(piece);
    const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(banner) ?? [];
    if (found === undefined) continue;
    url = `${found}/mcp`;
    break;
  }
});

afterAll(async () => {
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
  rmSync(home, { recursive: true });
});

test.each([
  {
    version: "2026-07-28",
    passes: [
      "caching",
      "completion-complete",
      "dns-rebinding-protection",
      "http-header-validation",
      "prompts-list",
      "resources-list",
      "sep-2164-resource-not-found",
      "server-sse-multiple-streams",
      "server-stateless",
      "tools-list",
    ],
  },
  {
    version: "2025-11-25",
    passes: [
      "completion-complete",
      "dns-rebinding-protection",
      "ping",
      "prompts-list",
      "resources-list",
      "server-initialize",
      "server-session-lifecycle",
      "server-sse-multiple-streams",
      "server-sse-polling",
      "tools-list",
    ],
  },
])(
  "[M19] every conformance scenario of $version that applies is passed",
  async ({ version, passes }) => {
    const results = join(home, version);
    const suite = ["--suite", "all", "--spec-version", version];
    await execute("conformance", ["server", "--url", url, ...suite, "-o", results]);
    const scenarios = globSync("**/checks.json", { cwd: results }).map((file) => ({
      name: /server-(.+)-\d{4}-\d\d-\d\dT/.exec(file)?.[1] ?? file,
      checks: JSON.parse(readFileSync(join(results, file), "utf8")) as Check[],
    }));
    const applying = scenarios.filter(({ name }) => !isOutside(name));
    expect(applying.map(({ name }) => name).toSorted()).toEqual(passes);
    const failures = applying.flatMap(({ checks }) => checks.filter(isFailure));
    expect(failures.map(({ id, errorMessage }) => `${id}: ${errorMessage ?? ""}`)).toEqual([]);
    expect(applying.flatMap(({ checks }) => checks).length).toBeGreaterThan(10);
  },
  SLOW,
);

test.each([
  { over: "HTTP", era: "modern" },
  { over: "HTTP", era: "legacy" },
  { over: "stdio", era: "modern" },
  { over: "stdio", era: "legacy" },
])(
  "[M19] the inspector finds every tool's schema portable, over $over in the $era protocol",
  async ({ over, era }) => {
    const how = ["--cli", "--protocol-era", era, "--method", "tools/list", "--strict", "--quiet"];
    const stdio = [process.execPath, "server/cli/main.ts", "mcp", "--dir", folder];
    const where = over === "HTTP" ? ["--server-url", url, "--transport", "http"] : stdio;
    const { code, stdout, stderr } = await execute("mcp-inspector", [
      ...how,
      "--format",
      "json",
      ...where,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { result } = JSON.parse(stdout) as { result: { tools: unknown[] } };
    expect(result.tools).toHaveLength(10);
  },
  SLOW,
);

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
  readonly details?: { readonly untestable?: boolean };
}

/** The judge marks as untestable what would need a diagnostic tool of the reference server. */
function isFailure({ status, details }: Check): boolean {
  return status === "FAILURE" && details?.untestable !== true;
}

function isOutside(name: string): boolean {
  return [...REFERENCE_ONLY, ...NOT_OFFERED].some((beginning) => name.startsWith(beginning));
}

/** With a home of their own: both keep files there. */
function execute(
  program: string,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const options = { env: { ...process.env, HOME: home } };
  return new Promise((done) => {
    const child = execFile(
      join("node_modules/.bin", program),
      [...args],
      options,
      (_error, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
    );
  });
}
