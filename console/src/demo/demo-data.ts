/**
 * A team at work on a small web shop: enough of everything that the console can show. The page without
 * a server shows it, and the pictures of the documentation do.
 */
import type { Agent, AgentKind } from "#contracts/agent";
import type { Lease } from "#contracts/lease";
import type { Priority, Task, TaskType } from "#contracts/task";
import type { Status } from "#contracts/workflow";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type Row = readonly [
  title: string,
  status: Status,
  type: TaskType,
  priority: Priority,
  labels: string,
  assignee: string | null,
  more?: Partial<Task>,
];

export const ROWS: readonly Row[] = [
  [
    "Checkout keeps the cart when the payment provider times out",
    "queued",
    "bugfix",
    "high",
    "checkout,payments",
    null,
  ],
  [
    "Search suggests products while typing",
    "queued",
    "feature",
    "normal",
    "search",
    null,
    { depends_on: ["T-109", "T-114"] },
  ],
  ["Describe the order webhooks with examples", "queued", "docs", "low", "api,docs", null],
  [
    "Price rounding follows the currency's own rules",
    "queued",
    "bugfix",
    "high",
    "payments",
    null,
    { depends_on: ["T-118"] },
  ],
  [
    "Guest orders can be claimed by a later account",
    "queued",
    "feature",
    "normal",
    "accounts",
    null,
  ],
  [
    "Load test of the catalogue with 100,000 products",
    "queued",
    "test",
    "normal",
    "search,performance",
    null,
    { blocked: { reason: "waiting for the staging database", since: ago(26 * HOUR) } },
  ],
  ["Invoice as PDF in the customer's language", "queued", "feature", "low", "orders", null],
  ["עמוד המוצר מציג מחיר משלוח לפני התשלום", "queued", "feature", "normal", "checkout,i18n", null],
  ["Filter chips survive a reload", "claimed", "bugfix", "normal", "search", "agent-4"],
  [
    "Rate limit the sign-in form per address and per account",
    "claimed",
    "feature",
    "high",
    "accounts,security",
    "agent-2",
  ],
  ["Delete unused image variants once a week", "claimed", "chore", "low", "ops", "grace"],
  [
    "Stock level comes from the warehouse, not from the cache",
    "in_progress",
    "bugfix",
    "high",
    "orders,performance",
    "agent-1",
  ],
  [
    "Move the address form to the shared field components",
    "in_progress",
    "chore",
    "normal",
    "checkout,ui",
    "agent-3",
  ],
  ["Synonyms for the search index", "in_progress", "feature", "normal", "search", "agent-5"],
  [
    "Contract tests for the payment adapter, every refusal the provider documents, and the three it does not document but sends all the same",
    "in_progress",
    "test",
    "high",
    "payments",
    "ada",
  ],
  [
    "Order export streams instead of building the file in memory",
    "review",
    "feature",
    "normal",
    "orders,performance",
    "agent-2",
  ],
  ["Keyboard access for the product gallery", "review", "bugfix", "high", "ui,a11y", "agent-1"],
  ["Runbook: what to do when the queue grows", "review", "docs", "normal", "ops,docs", "agent-3"],
  ["Currency table with minor units", "approved", "feature", "high", "payments", "agent-4"],
  ["Remove the second date library", "approved", "chore", "low", "ui", "agent-6"],
  [
    "Product page paints within a second on a slow phone",
    "merging",
    "feature",
    "high",
    "ui,performance",
    "agent-6",
  ],
  [
    "Sitemap lists only products that can be bought",
    "done",
    "bugfix",
    "normal",
    "search",
    "agent-1",
    done(3 * HOUR),
  ],
  [
    "E-mail templates use the new type scale",
    "done",
    "chore",
    "low",
    "ui",
    "agent-3",
    done(9 * HOUR),
  ],
  [
    "Refunds name the person who approved them",
    "done",
    "feature",
    "high",
    "payments,orders",
    "agent-2",
    done(DAY),
  ],
  [
    "Flaky test: cart total after removing the last line",
    "done",
    "test",
    "normal",
    "checkout",
    "agent-4",
    done(2 * DAY),
  ],
  [
    "Health endpoint names the failing check",
    "done",
    "feature",
    "normal",
    "ops",
    "agent-5",
    done(3 * DAY),
  ],
  [
    "Backfill the country of old addresses",
    "done",
    "chore",
    "low",
    "accounts",
    "agent-1",
    done(12 * DAY),
  ],
  [
    "Session cookies are bound to the host",
    "done",
    "bugfix",
    "high",
    "security,accounts",
    "agent-2",
    done(15 * DAY),
  ],
];

export const AGENTS: readonly (readonly [
  string,
  string,
  AgentKind,
  string,
  string,
  Partial<Agent>,
])[] = [
  [
    "agent-1",
    "Backend one",
    "agent",
    "backend",
    "node,sql,orders",
    { status: "busy", current_task: "T-112" },
  ],
  [
    "agent-2",
    "Backend two",
    "agent",
    "backend",
    "node,security",
    { status: "busy", current_task: "T-110" },
  ],
  [
    "agent-3",
    "Frontend one",
    "agent",
    "frontend",
    "react,css,a11y",
    { status: "busy", current_task: "T-113" },
  ],
  [
    "agent-4",
    "Frontend two",
    "agent",
    "frontend",
    "react,search",
    { status: "waiting", current_task: "T-109" },
  ],
  [
    "agent-5",
    "Search",
    "agent",
    "search",
    "search,ranking",
    { status: "busy", current_task: "T-114" },
  ],
  [
    "agent-6",
    "Release",
    "worker",
    "release",
    "ci,merge",
    { status: "busy", current_task: "T-121" },
  ],
  [
    "agent-7",
    "Night shift",
    "agent",
    "backend",
    "node",
    { status: "offline", available: false, last_seen: ago(7 * HOUR) },
  ],
  ["agent-8", "Docs", "agent", "writer", "docs,markdown", { status: "idle" }],
  ["ada", "Ada", "human", "lead", "payments", {}],
  ["grace", "Grace", "human", "operations", "ops", { last_seen: ago(12 * MINUTE) }],
];

/** Resource, holder, seconds of its life, seconds since the last heartbeat. */
export const LEASES: readonly (readonly [string, string, number, number, Partial<Lease>?])[] = [
  ["task:T-109", "agent-4", 300, 262],
  ["task:T-110", "agent-2", 300, 40],
  ["task:T-112", "agent-1", 600, 95],
  ["task:T-113", "agent-3", 300, 120],
  ["task:T-114", "agent-5", 300, 10],
  ["task:T-121", "agent-6", 120, 20],
  ["path:src/checkout/**", "agent-3", 1_800, 240, { note: "moving files" }],
  ["path:src/checkout/address/*.tsx", "agent-3", 1_800, 240],
  ["path:src/search/index/**", "agent-5", 900, 60],
  ["path:docs/**", "agent-8", 3_600, 300, { mode: "shared", note: "reading" }],
  ["name:staging-database", "ada", 86_400, 3_000, { note: "schema change" }],
];

export const DESCRIPTION = `Customers report it about **twice a week**, always on slow connections.

- The provider answers after 30 s, our proxy gives up after 25 s.
- The order is written, the cart is not emptied, the page shows an error.

\`\`\`ts
const answer = await pay(order, { timeoutMs: 25_000 });
\`\`\`

See the [provider's notes](https://example.com/notes) on repeated requests.`;

export function idOf(index: number): string {
  return `T-${101 + index}`;
}

export function dodOf(index: number, status: Status): Task["dod"] {
  const texts = [
    "A test that failed before",
    "Documented where people look",
    "Seen on staging",
    "Reviewed by a second pair of eyes",
  ];
  const count = (index * 3) % 5;
  const finished = status === "done" || status === "merging" ? count : Math.floor(count / 2);
  return texts.slice(0, count).map((text, at) => ({ id: `d${at + 1}`, text, done: at < finished }));
}

function done(age: number): Partial<Task> {
  return { completed_at: ago(age) };
}

export function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}
