/** What is on this repository's own board from the start. */
import type { NewTask } from "#contracts/task";

type Item = Pick<NewTask, "title" | "description" | "type" | "priority" | "labels"> & {
  id: string;
  depends_on: string[];
};

const DONE_MEANS = [
  "tests updated",
  "checks passing",
  "docs updated",
  "reviewed",
  "events emitted where relevant",
];

const ITEMS: readonly Item[] = [
  {
    id: "T-100",
    title: "Collab API with ETag + SSE",
    description:
      "State files behind an HTTP API: strong ETags and `If-Match` on every change, leases with fencing tokens, and one ordered event log that anyone can follow without missing a line.",
    type: "feature",
    priority: "high",
    labels: ["core", "api"],
    depends_on: [],
  },
  {
    id: "T-101",
    title: "Console pages (Agents/Tasks/Leases/Events)",
    description:
      "Four pages that stay true by themselves: who works here, a board with draggable cards, who holds what and for how long, and the events as they arrive. A lost race is shown as a choice, not as an error code.",
    type: "feature",
    priority: "high",
    labels: ["console"],
    depends_on: ["T-100"],
  },
  {
    id: "T-102",
    title: "Runner + safe executor",
    description:
      "Workers that claim tasks under a lease and run format, lint and changelog in a child process with a time limit, a folder of their own and no network; transient failures are tried again with full jitter.",
    type: "feature",
    priority: "high",
    labels: ["workers"],
    depends_on: ["T-100"],
  },
  {
    id: "T-103",
    title: "Jobs vertical slice (auth→job→variant→accept→export)",
    description:
      "One path through the whole system: sign in, order a job, compare its variants, accept one, export it. Thin, but real at every step.",
    type: "feature",
    priority: "high",
    labels: ["jobs", "auth"],
    depends_on: ["T-100"],
  },
  {
    id: "T-104",
    title: "Browser flows (Collab + Jobs) with data-testid",
    description:
      "The journeys that people make, in a real browser: claim, drag, conflict, take a lease back, follow the events, order and accept a job. Elements are found by `data-testid`, requirements by id.",
    type: "test",
    priority: "normal",
    labels: ["console", "jobs", "e2e"],
    depends_on: ["T-101", "T-103"],
  },
  {
    id: "T-105",
    title: "Docs & Runbooks + ADR template",
    description:
      "What somebody needs who installs it, runs it at night, or wonders why it was built this way: deployment, testing, runbooks for each thing that can go wrong, and a template for decisions.",
    type: "docs",
    priority: "normal",
    labels: ["docs"],
    depends_on: ["T-102"],
  },
  {
    id: "T-200",
    title: "Omnichannel hub (WS/Email/API/Slack/Webhook) + audit log",
    description:
      "Commands from any channel become the same changes of tasks and jobs, with one audit log that says who asked for what, through which channel, and what came of it.",
    type: "feature",
    priority: "normal",
    labels: ["channels", "audit"],
    depends_on: ["T-100", "T-103"],
  },
  {
    id: "T-201",
    title: "Remote Control UI tabs (Real-Time/Scheduled/Triggers) + activity feed",
    description:
      "Three tabs over the hub: what runs now, what will run and when, and what makes something run; beside them a feed of what every channel did.",
    type: "feature",
    priority: "normal",
    labels: ["console", "channels"],
    depends_on: ["T-101", "T-200"],
  },
  {
    id: "T-202",
    title: "Email Commander + parsing + response loop",
    description:
      "A mail to the board is understood, carried out and answered in its thread. What cannot be understood is answered too, with what would have been.",
    type: "feature",
    priority: "low",
    labels: ["channels", "email"],
    depends_on: ["T-200", "T-204"],
  },
  {
    id: "T-203",
    title: "Slack slash commands + deep link to tasks/jobs",
    description:
      "`/kyros` lists, claims and moves; each answer links to its task or job in the console. Requests are verified by their signature before anything is read from them.",
    type: "feature",
    priority: "low",
    labels: ["channels", "slack"],
    depends_on: ["T-200", "T-204"],
  },
  {
    id: "T-204",
    title: "Channel rate limiting + API-key validation",
    description:
      "Each channel has limits of its own, and no command is carried out without a key that is valid, in scope and not revoked. What was refused stands in the audit log.",
    type: "feature",
    priority: "normal",
    labels: ["channels", "security"],
    depends_on: ["T-200"],
  },
];

export const BACKLOG: readonly (Item & { dod: string[] })[] = ITEMS.map((item) => ({
  ...item,
  dod: [...DONE_MEANS],
}));
