/** What Lighthouse says of every page, in the system's own Chromium, as on a desktop. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "#contracts/client";
import { end, freePort, startServer } from "../server.ts";
import { ROOT } from "../tree.ts";

const LIGHTHOUSE = "lighthouse@13.5.0";
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

const PAGES = [
  "/console/tasks",
  "/console/tasks?view=list",
  "/console/tasks/T-1",
  "/console/agents",
  "/console/leases",
  "/console/events",
  "/console/time-travel",
  "/docs",
  "/problems",
];

/**
 * Out of 100. The first two say what the page is. The last one is a time, measured on whatever machine
 * this is: it is to find a page that became slow, and the best of three runs counts.
 */
const LEAST = { accessibility: 100, "best-practices": 100, performance: 75 } as const;
type Category = keyof typeof LEAST;
const CATEGORIES = Object.keys(LEAST) as Category[];
/** Swagger's page is not ours to mend: its headings and colours are as they come. */
const FOREIGN = new Set(["/docs"]);
const MOST_RUNS = 3;

type Scores = Readonly<Record<Category, number>>;

interface Report {
  readonly runtimeError?: { readonly message: string };
  readonly categories: Readonly<
    Record<
      Category,
      { readonly score: number | null; readonly auditRefs: readonly { readonly id: string }[] }
    >
  >;
  readonly audits: Readonly<
    Record<string, { readonly title: string; readonly score: number | null } | undefined>
  >;
}

/** Calls `tell` for each page, with what is below the least. */
export async function judgePages(
  home: string,
  tell: (judge: string, wrong: readonly string[]) => void,
): Promise<void> {
  const built = spawnSync(process.execPath, ["scripts/build.ts", "--if-changed"], { cwd: ROOT });
  if (built.status !== 0) return tell("lighthouse", ["the console cannot be built"]);
  const port = await freePort();
  const server = await startServer(join(home, "pages"), port);
  try {
    const url = `http://127.0.0.1:${port}`;
    await fill(url);
    for (const page of PAGES) await judgePage(home, `${url}${page}`, page, tell);
  } finally {
    await end(server, "SIGTERM");
  }
}

async function judgePage(
  home: string,
  url: string,
  page: string,
  tell: (judge: string, wrong: readonly string[]) => void,
): Promise<void> {
  let best: Scores | undefined;
  let wrong: string[] = [];
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const report = await runLighthouse(home, url);
    if (typeof report === "string") return tell(`lighthouse, ${page}`, [report]);
    const scores = scoresOf(report);
    if (best === undefined || scores.performance > best.performance) best = scores;
    wrong = FOREIGN.has(page) ? [] : complaints(report, best);
    if (wrong.length === 0) break;
  }
  const shown = CATEGORIES.map((category) => `${category} ${best?.[category]}`).join(", ");
  tell(`lighthouse, ${page}: ${shown}`, wrong);
}

function scoresOf({ categories }: Report): Scores {
  const score = (category: Category) => Math.round((categories[category].score ?? 0) * 100);
  return {
    accessibility: score("accessibility"),
    "best-practices": score("best-practices"),
    performance: score("performance"),
  };
}

function complaints({ categories, audits }: Report, scores: Scores): string[] {
  const low = CATEGORIES.filter((category) => scores[category] < LEAST[category]);
  return low.flatMap((category) => [
    `${category} is ${scores[category]}, and should be ${LEAST[category]} at least`,
    ...categories[category].auditRefs.flatMap(({ id }) => {
      const audit = audits[id];
      return audit?.score != null && audit.score < 0.9 ? [`  ${id}: ${audit.title}`] : [];
    }),
  ]);
}

/** Its report, or why there is none. */
async function runLighthouse(home: string, url: string): Promise<Report | string> {
  const path = join(home, "lighthouse.json");
  const what = [`--only-categories=${CATEGORIES.join(",")}`, "--preset=desktop"];
  const how = ["--output=json", `--output-path=${path}`, "--quiet"];
  const flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu";
  const child = spawn("npx", ["--yes", LIGHTHOUSE, url, ...what, ...how, flags], {
    cwd: home,
    env: { ...process.env, CHROME_PATH: CHROMIUM },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) return `it ended with ${code}: ${said.trim().slice(-500)}`;
  const report = JSON.parse(readFileSync(path, "utf8")) as Report;
  return report.runtimeError?.message ?? report;
}

/** A board as it is in use: enough on it to be seen, and something under way. */
async function fill(baseUrl: string): Promise<void> {
  const person = createClient({ baseUrl, actor: "ada" });
  const creates = Array.from({ length: 120 }, (_, index) => ({
    id: `T-${index + 1}`,
    title: `Task number ${index + 1}`,
    description: "What is to be done, in *some* words.\n\n- and\n- a list",
    labels: ["one", "two"],
    dod: ["tested", "told"],
  }));
  await person.call("batchTasks", { body: { creates } });
  for (const agent of ["agent-1", "agent-2", "agent-3"]) {
    await person.call("claimTask", { body: { agent } });
  }
  const resource = "path:src/**";
  await person.call("acquireLease", { body: { resource, holder: "agent-1" } });
}
