/**
 * Who may import whom, and what lives in one place only. This is the one list:
 * the linter shows it while one types (`lint-plugin.ts`), and `architecture.test.ts`
 * walks every import and every call of the tree against it.
 */

export interface Area {
  readonly name: string;
  /** Which files belong here, by path from the root. The first area that matches wins. */
  readonly files: RegExp;
  /** Areas it may import besides itself. */
  readonly mayImport: readonly string[];
  /** npm packages and `node:` modules: only these, or any but these. A name ending in `*` is a prefix. */
  readonly packages: { readonly only: readonly string[] } | { readonly not: readonly string[] };
}

const HTTP_PACKAGES = ["hono", "@hono/*"];
const SERVER_ONLY = [...HTTP_PACKAGES, "node:*", "pino", "write-file-atomic"];

/**
 * Shell files of a feature are its use cases (`tasks/tasks.ts`), its `routes.ts`, and what waits,
 * watches or reads the log; every other file decides.
 */
const FEATURE = String.raw`server/features/([a-z-]+)/`;
const SHELL = String.raw`(\1|history|line|presence|reading|sweeper|waiting-room)`;

export const AREAS: readonly Area[] = [
  {
    name: "settings",
    files: /^(config\/[a-z-]+|package)\.json$/,
    mayImport: [],
    packages: { not: [] },
  },
  {
    name: "contracts-tests",
    files: /^contracts\/.*\.test\.ts$/,
    mayImport: ["contracts"],
    packages: { not: [] },
  },
  { name: "contracts", files: /^contracts\//, mayImport: [], packages: { only: ["zod", "zod/*"] } },

  {
    // A test drives the part it stands beside through any door of the server.
    name: "server-tests",
    files: /^server\/(.*\.test\.ts$|(.*\/)?(testing|crash)\/)/,
    mayImport: [
      "contracts",
      "kernel",
      "store",
      "decisions",
      "kinds",
      "features",
      "routes",
      "http",
      "config",
      "app",
      "cli",
      "mcp",
      "workers",
      "git",
      "main",
    ],
    packages: { not: [] },
  },
  {
    name: "kernel",
    files: /^server\/kernel\//,
    mayImport: [],
    packages: { not: HTTP_PACKAGES },
  },
  {
    name: "store",
    files: /^server\/store\//,
    mayImport: ["contracts", "kernel"],
    packages: { not: HTTP_PACKAGES },
  },
  {
    name: "routes",
    files: new RegExp(`^${FEATURE}routes\\.ts$`),
    mayImport: ["contracts", "kernel", "features", "decisions", "http"],
    packages: { not: ["node:fs", "node:fs/*"] },
  },
  {
    name: "features",
    files: new RegExp(String.raw`^${FEATURE}${SHELL}\.ts$`),
    mayImport: ["contracts", "kernel", "decisions", "store"],
    packages: { not: [...HTTP_PACKAGES, "node:*"] },
  },
  {
    name: "decisions",
    files: new RegExp(`^${FEATURE}`),
    mayImport: ["contracts", "pure"],
    packages: { only: [] },
  },
  {
    // What the store has to know about each kind of record.
    name: "kinds",
    files: /^server\/kinds\.ts$/,
    mayImport: ["contracts", "kernel", "store", "decisions"],
    packages: { only: ["zod"] },
  },
  {
    name: "http",
    files: /^server\/http\//,
    mayImport: ["settings", "contracts", "kernel", "store"],
    packages: { not: [] },
  },
  {
    name: "config",
    files: /^server\/config\.ts$/,
    mayImport: ["settings", "contracts", "kernel", "folder"],
    packages: { not: HTTP_PACKAGES },
  },
  {
    name: "app",
    files: /^server\/(app|core)\.ts$/,
    mayImport: [
      "settings",
      "contracts",
      "kernel",
      "store",
      "decisions",
      "kinds",
      "features",
      "routes",
      "http",
      "mcp",
      "config",
    ],
    packages: { not: [] },
  },
  {
    // Reaches the board through the client alone, whichever process it runs in.
    name: "mcp",
    files: /^server\/mcp\//,
    mayImport: ["settings", "contracts", "kernel"],
    packages: { not: [...HTTP_PACKAGES, "node:*"] },
  },
  {
    // Reaches the board through the client alone, and the world through programs that it runs.
    name: "workers",
    files: /^server\/workers\//,
    mayImport: ["contracts", "kernel"],
    packages: { not: [...HTTP_PACKAGES, "pino"] },
  },
  {
    // What a command needs before it knows whether a server runs; the rest is behind `local.ts`.
    name: "cli",
    files: /^server\/cli\//,
    mayImport: [
      "settings",
      "contracts",
      "kernel",
      "config",
      "main",
      "folder",
      "git",
      "mcp",
      "workers",
    ],
    packages: { not: HTTP_PACKAGES },
  },
  {
    // What git asks of a board, and a board of git.
    name: "git",
    files: /^server\/git\//,
    mayImport: ["contracts", "kernel", "store", "kinds", "decisions"],
    packages: { not: HTTP_PACKAGES },
  },
  {
    // A process of ours: one that serves a folder, and one that opens it for a single command.
    name: "main",
    files: /^server\/(main|serve|local)\.ts$/,
    mayImport: [
      "settings",
      "contracts",
      "kernel",
      "store",
      "kinds",
      "folder",
      "http",
      "config",
      "app",
    ],
    packages: { not: [] },
  },

  {
    name: "console-tests",
    files: /^console\/.*\.test\.tsx?$/,
    mayImport: ["contracts", "console", "settings"],
    packages: { not: HTTP_PACKAGES },
  },
  {
    // A team at work, as data: what the page shows without a server, and a server for its pictures.
    name: "demo-data",
    files: /^console\/src\/demo\/demo-data\.ts$/,
    mayImport: ["contracts"],
    packages: { only: [] },
  },
  {
    name: "console",
    files: /^console\//,
    mayImport: ["contracts", "settings", "demo-data"],
    packages: { not: SERVER_ONLY },
  },
  {
    name: "e2e",
    files: /^e2e\//,
    mayImport: ["settings", "contracts", "demo-data"],
    packages: { not: HTTP_PACKAGES },
  },
  {
    // Benchmarks and the example measure and drive the product itself.
    name: "scripts",
    files: /^scripts\//,
    mayImport: [
      "settings",
      "contracts",
      "kernel",
      "store",
      "config",
      "app",
      "decisions",
      "features",
      "main",
      "cli",
      "server-tests",
    ],
    packages: { not: [] },
  },
];

/** Single files that an area may import although the rest of their area is closed to it. */
export const OPEN_FILES: Readonly<Record<string, string>> = {
  "server/git/worktree.ts": "folder",
  "server/kernel/controls.ts": "pure",
  "server/kernel/instant.ts": "pure",
  "server/kernel/json-patch.ts": "pure",
  "server/kernel/natural-order.ts": "pure",
  "server/kernel/precondition.ts": "pure",
  "server/kernel/principal.ts": "pure",
  "server/kernel/refusal.ts": "pure",
  "server/kernel/schema-issues.ts": "pure",
  "server/kernel/terms.ts": "pure",
  "server/store/holder.ts": "folder",
  "server/store/peek.ts": "folder",
  "server/store/derived.ts": "pure",
  "server/store/plan.ts": "pure",
  "server/store/port.ts": "pure",
  "server/store/precondition.ts": "pure",
};

export interface OnePlace {
  readonly what: string;
  /** Global names, dotted members, `new Date()` without an argument, or modules. */
  readonly uses: readonly string[];
  readonly only: RegExp;
}

/** Held for product code under contracts/ and server/; tests and scripts are free. */
export const ONE_PLACE: readonly OnePlace[] = [
  {
    what: "the environment is read once, and typed",
    uses: ["process.env"],
    only: /^server\/config\.ts$/,
  },
  {
    what: "the time comes from the clock that is handed in",
    uses: ["Date.now", "performance.now", "process.hrtime", "new Date()"],
    only: /^server\/kernel\//,
  },
  {
    what: "chance comes from the kernel",
    uses: [
      "Math.random",
      "crypto.randomUUID",
      "crypto.getRandomValues",
      "node:crypto#randomUUID",
      "node:crypto#randomBytes",
      "node:crypto#randomInt",
    ],
    only: /^server\/kernel\//,
  },
  {
    what: "timers are the kernel's, so that a stray one is a grep",
    uses: [
      "setTimeout",
      "setInterval",
      "setImmediate",
      "node:timers",
      "node:timers/promises",
      "AbortSignal.timeout",
    ],
    only: /^server\/kernel\//,
  },
  {
    what: "the disk is touched in named places",
    uses: ["node:fs", "node:fs/promises"],
    only: /^server\/(store\/disk|http\/pages\/files|workers\/files)\.ts$/,
  },
];

/** Folders of the product. One that exists and shows fewer modules than this fails the test. */
export const FLOORS: Readonly<Record<string, number>> = {
  contracts: 8,
  server: 1,
  console: 1,
  e2e: 1,
  scripts: 4,
};

/** A tool demands a default export here. */
export const DEFAULT_EXPORTS: RegExp = /(^|\/)([a-z-]+\.config|lint-plugin|mutant-runner)\.ts$/;

/** Served to the browser as it is written, before anything is built. */
export const PLAIN_SCRIPTS: RegExp = /^console\/public\/[a-z-]+\.js$/;
