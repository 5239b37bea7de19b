/**
 * `kyros prime`: what an agent needs to know now, short enough to stand at the top of every prompt. The
 * text never has more than `MOST_BYTES`; what does not fit is counted, with how to read it.
 */
import type { Client } from "#contracts/client";
import type { KyrosEvent } from "#contracts/event";
import type { Lease } from "#contracts/lease";
import type { Task } from "#contracts/task";
import { createClock } from "../kernel/clock.ts";
import { command } from "./command.ts";
import { bestFirst } from "./daily.ts";
import { EXIT } from "./exit.ts";
import { duration, printable } from "./output.ts";
import { whoActs } from "./task.ts";

/** 300 tokens at four bytes each. */
const MOST_BYTES = 1_200;
const MOST_CHANGES = 200;
const MOST_TASKS = 3;
const MOST_ITEMS = 4;

export const prime = command({
  name: "prime",
  summary: "what an agent needs to know now, in at most 300 tokens",
  args: [],
  options: {
    since: {
      type: "string",
      value: "CURSOR",
      about: "what others did since then; see its last line",
    },
  },
  notes: "Needs a name: --actor, or KYROS_ACTOR.",
  examples: ["kyros prime --actor agent-1", "kyros prime --since CURSOR --actor agent-1"],
  async run({ options, board, out }) {
    const actor = whoActs(board);
    const known = await look(await board.client(), actor, options.text("since"));
    out.show(known, () => primeText(known, createClock().now()));
    return EXIT.ok;
  },
});

export interface Known {
  readonly actor: string;
  /** Held, oldest first. */
  readonly tasks: readonly Task[];
  readonly leases: readonly Lease[];
  readonly ready: readonly Pick<Task, "id" | "title" | "priority">[];
  /** What others did, oldest first. */
  readonly changes: readonly KyrosEvent[];
  /** Why what happened since the cursor cannot be told. */
  readonly reset?: string | undefined;
  readonly cursor: string;
}

/** The place is taken before anything else is read, so that nothing falls between two looks. */
async function look(client: Client, actor: string, since: string | undefined): Promise<Known> {
  const query = { mode: "poll", wait_ms: 0, since, limit: MOST_CHANGES };
  const tail = await client.call("tailEvents", { query });
  const status = "claimed,in_progress,merging";
  const held = await client.call("listTasks", { query: { assignee: actor, status } });
  const leases = await client.call("listLeases", { query: { holder: actor } });
  const ready = await client.call("listTasks", { query: { ready: true, limit: 1_000 } });
  return {
    actor,
    tasks: held.body?.items ?? [],
    leases: leases.body?.items ?? [],
    ready: bestFirst(ready.body?.items ?? [], actor).map(({ id, title, priority }) => ({
      id,
      title,
      priority,
    })),
    changes: (tail.body?.items ?? []).filter((event) => event.actor !== actor),
    reset: tail.body?.reset,
    cursor: tail.body?.next_cursor ?? "",
  };
}

/** At most `MOST_BYTES`, whatever others wrote. */
export function primeText(known: Known, nowMs: number): string {
  const { actor, tasks, leases, ready, changes, reset, cursor } = known;
  const paths = leases.filter(({ resource }) => !resource.startsWith("task:"));
  const foot = `Next time: kyros prime --since ${cursor}`;
  const lines = [`You are ${actor} on a kyros board.`];
  const leftBytes = () => MOST_BYTES - bytesOf([...lines, foot]);
  const told = [
    ...(tasks.length === 0 ? ["You hold no task."] : []),
    ...tasks.slice(0, MOST_TASKS).flatMap((task) => taskLines(task, leases, nowMs)),
    ...(tasks.length > MOST_TASKS ? [`and ${tasks.length - MOST_TASKS} more tasks`] : []),
    ...(paths.length > 0 ? [`You also hold ${clip(namesOf(paths), 100)}`] : []),
    readyText(ready),
    ...(reset === undefined ? [] : [`What happened before cannot be told: ${clip(reset, 80)}`]),
  ];
  for (const line of told) if (bytesOf([line]) <= leftBytes()) lines.push(line);
  lines.push(...newest(changes, leftBytes()));
  return [...lines, foot].join("\n");
}

function namesOf(leases: readonly Lease[]): string {
  return leases.map(({ resource }) => resource).join(", ");
}

function taskLines(task: Task, leases: readonly Lease[], nowMs: number): string[] {
  const { id, title, status, dod } = task;
  const lease = leases.find(({ resource }) => resource === `task:${id}`);
  const open = dod.filter((item) => !item.done);
  const items = open
    .slice(0, MOST_ITEMS)
    .map((item) => `${clip(item.id, 12)} ${clip(item.text, 24)}`);
  const more = open.length > MOST_ITEMS ? ", …" : "";
  const left = lease && duration(Date.parse(lease.expires_at) - nowMs);
  return [
    `Yours: ${id} (${status}) ${clip(title, 60)}`,
    ...(open.length > 0 ? [`  open: ${items.join("; ")}${more}`] : []),
    lease === undefined
      ? "  no lease"
      : `  lease: ${left} left, token ${lease.fencing_token}; kyros hold ${id} -- COMMAND renews it`,
  ];
}

function readyText(ready: Known["ready"]): string {
  const [best] = ready;
  if (best === undefined) return "Nothing else is ready.";
  return `Ready: ${ready.length}, best ${best.id} (${best.priority}) ${clip(best.title, 40)}. kyros claim`;
}

/** As many of the newest as fit, in the order in which they happened. */
function newest(changes: readonly KyrosEvent[], mostBytes: number): string[] {
  if (changes.length === 0) return [];
  const lines: string[] = [];
  const headOf = (shown: number) =>
    shown === changes.length
      ? "Others did:"
      : `Others did ${changes.length} things, last (kyros events list for all):`;
  for (const event of changes.toReversed()) {
    const next = [changeText(event), ...lines];
    if (bytesOf([headOf(next.length), ...next]) > mostBytes) break;
    lines.unshift(changeText(event));
  }
  return lines.length === 0 ? [] : [headOf(lines.length), ...lines];
}

function changeText({ event, actor, target, details, ts }: KyrosEvent): string {
  const to = details["to"];
  const step = typeof to === "string" ? ` to ${to}` : "";
  return clip(
    `- ${ts.slice(11, 16)} ${event} ${target.replace(/^task:/, "")}${step} by ${actor}`,
    110,
  );
}

/** Cut where so many bytes are full, which is what a token costs in any script. */
function clip(text: string, mostBytes: number): string {
  const clean = printable(text);
  if (Buffer.byteLength(clean) <= mostBytes) return clean;
  let kept = "";
  for (const character of clean) {
    if (Buffer.byteLength(`${kept}${character}…`) > mostBytes) break;
    kept += character;
  }
  return `${kept}…`;
}

function bytesOf(lines: readonly string[]): number {
  return Buffer.byteLength(lines.join("\n")) + 1;
}
