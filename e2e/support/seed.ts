/** A team at work, made by the same calls that agents and people make. */
import type { Client } from "#contracts/client";
import { STATUSES, type Status } from "#contracts/workflow";
import type { Priority, TaskType } from "#contracts/task";
import type { RunningServer } from "./server.ts";

type Row = readonly [
  title: string,
  to: Status,
  type: TaskType,
  priority: Priority,
  labels: string,
  holder: string,
  depends?: readonly number[],
];

const ROWS: readonly Row[] = [
  [
    "Checkout keeps the cart when the payment provider times out",
    "queued",
    "bugfix",
    "high",
    "checkout,payments",
    "",
  ],
  ["Search suggests products while typing", "queued", "feature", "normal", "search", "", [8, 11]],
  ["Describe the order webhooks with examples", "queued", "docs", "low", "api,docs", ""],
  [
    "Price rounding follows the currency's own rules",
    "queued",
    "bugfix",
    "high",
    "payments",
    "",
    [13],
  ],
  ["Guest orders can be claimed by a later account", "queued", "feature", "normal", "accounts", ""],
  ["Invoice as PDF in the customer's language", "queued", "feature", "low", "orders", ""],
  [
    "Rate limit the sign-in form per address and per account",
    "claimed",
    "feature",
    "high",
    "accounts,security",
    "agent-2",
  ],
  ["Filter chips survive a reload", "claimed", "bugfix", "normal", "search", "agent-4"],
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
    "Order export streams instead of building the file in memory",
    "review",
    "feature",
    "normal",
    "orders,performance",
    "agent-2",
  ],
  ["Keyboard access for the product gallery", "review", "bugfix", "high", "ui,a11y", "agent-1"],
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
  ],
  ["E-mail templates use the new type scale", "done", "chore", "low", "ui", "agent-3"],
  [
    "Refunds name the person who approved them",
    "done",
    "feature",
    "high",
    "payments,orders",
    "agent-2",
  ],
];

const AGENTS = [
  ["agent-1", "Backend one", "agent", "backend", "node,sql,orders"],
  ["agent-2", "Backend two", "agent", "backend", "node,security"],
  ["agent-3", "Frontend one", "agent", "frontend", "react,css,a11y"],
  ["agent-4", "Frontend two", "agent", "frontend", "react,search"],
  ["agent-5", "Search", "agent", "search", "search,ranking"],
  ["agent-6", "Release", "worker", "release", "ci,merge"],
  ["ada", "Ada", "human", "lead", "payments"],
] as const;

const DESCRIPTION = `Customers report it about **twice a week**, always on slow connections.

- The provider answers after 30 s, our proxy gives up after 25 s.
- The order is written, the cart is not emptied, the page shows an error.`;

export async function seed({ as }: RunningServer): Promise<void> {
  const ada = as("ada");
  for (const [id, name, kind, role, skills] of AGENTS)
    await ada.call("createAgent", { body: { id, name, kind, role, skills: skills.split(",") } });
  await ada.call("batchTasks", { body: { creates: ROWS.map(toTask) } });
  for (const [index, row] of ROWS.entries()) await bring(as(row[5]), row, index);
  const [first, second, third] = [as("agent-3"), as("agent-5"), as("agent-4")];
  await first.call("acquireLease", {
    body: lease("path:src/checkout/**", "agent-3", 1_800, "moving files"),
  });
  await first.call("acquireLease", {
    body: lease("path:src/ui/fields/*.tsx", "agent-3", 1_800, ""),
  });
  await second.call("acquireLease", {
    body: lease("path:src/search/index/**", "agent-5", 900, ""),
  });
  await third.call("acquireLease", {
    body: lease("name:staging-database", "agent-4", 3_600, "schema change"),
  });
}

function lease(resource: string, holder: string, ttl: number, note: string) {
  return { resource, holder, ttl_seconds: ttl, note };
}

function toTask([title, , type, priority, labels, , depends = []]: Row, index: number) {
  const dod = ["A test that failed before", "Documented where people look", "Seen on staging"];
  return {
    id: idOf(index),
    title,
    type,
    priority,
    labels: labels.split(","),
    depends_on: depends.map(idOf),
    dod: dod.slice(0, index % 4).map((text) => ({ text, done: index >= 13 })),
    description: index % 3 === 0 ? DESCRIPTION : "",
  };
}

/** Through the workflow, as its holder. */
async function bring(client: Client, [, to, , , , holder]: Row, index: number): Promise<void> {
  const id = idOf(index);
  if (to === "queued") return;
  await client.call("claimTask", {
    body: { agent: holder, task_id: id, ttl_seconds: index === 7 ? 60 : 900 },
  });
  for (const status of STATUSES.slice(2, STATUSES.indexOf(to) + 1))
    await client.call("transitionTask", { params: { id }, body: { to: status } });
}

function idOf(index: number): string {
  return `T-${101 + index}`;
}
