/** One real browser, and pages that are watched: what they ask for, and what they complain about. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterEach, expect } from "vitest";
import { startFilm, type Film } from "./film.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const WAIT_MS = 10_000;
const KEPT = join(import.meta.dirname, "../../test-results");

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, ...args] });
}

export interface Visit {
  readonly browser: Browser;
  readonly url: string;
  /** Who sits in front of it. */
  readonly as?: string;
  readonly path?: string;
  readonly theme?: "g100" | "g10";
  readonly viewport?: { width: number; height: number };
  /** Complaints that belong to the journey, such as a refused request or a lost connection. */
  readonly expected?: RegExp;
}

const open: ((hasFailed: boolean) => Promise<void>)[] = [];

/** Closes the pages of a journey, and fails it when one of them complained or looked elsewhere. */
export function watchPages(): void {
  afterEach(async ({ task }) => {
    const hasFailed = task.result?.state === "fail";
    for (const close of open.splice(0)) await close(hasFailed);
  });
}

/** A page in a browser profile of its own. Of a failed journey a trace and a film are kept in `test-results/`. */
export async function visit({
  browser,
  url,
  as,
  path = "/tasks",
  theme,
  viewport,
  expected,
}: Visit): Promise<Page> {
  const context = await browser.newContext({
    viewport: viewport ?? { width: 1440, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(WAIT_MS);
  await context.tracing.start({ snapshots: true });
  const complaints = watch(context, url, expected);
  await context.addInitScript(
    ({ name, wanted }) => {
      // Empty frames, such as those that a checker puts into the page, have no storage.
      if (!location.protocol.startsWith("http")) return;
      if (name !== undefined) localStorage.setItem("kyros.identity", JSON.stringify(name));
      if (wanted !== undefined) localStorage.setItem("kyros.theme", wanted);
    },
    { name: as, wanted: theme },
  );
  const page = await context.newPage();
  const film = await startFilm(page);
  const name = nameOfTest();
  await page.goto(`${url}/console${path}`);
  open.push(async (hasFailed) => {
    if (hasFailed || complaints.length > 0) await keep(context, film, name);
    else await context.tracing.stop();
    await context.close();
    expect(complaints).toEqual([]);
  });
  return page;
}

function watch(context: BrowserContext, url: string, expected: RegExp | undefined): string[] {
  const complaints: string[] = [];
  const note = (text: string) => {
    if (expected === undefined || !expected.test(text)) complaints.push(text);
  };
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) note(`${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => note(`thrown: ${error.error().message}`));
  context.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:"))
      complaints.push(`left the machine: ${request.url()}`);
  });
  return complaints;
}

async function keep(context: BrowserContext, film: Film, name: string): Promise<void> {
  mkdirSync(KEPT, { recursive: true });
  film.save(join(KEPT, `${name}.html`));
  await context.tracing.stop({ path: join(KEPT, `${name}.zip`) });
}

let pages = 0;

/** A journey may have several pages: each of them has its own. */
function nameOfTest(): string {
  pages += 1;
  const words = (expect.getState().currentTestName ?? "").toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `${words.join("-").slice(0, 80)}-${pages}`;
}
