/** The short words of the daily loop: `kyros ready`, `kyros claim`; for `kyros done` see `done.ts`. */
import type { Task } from "#contracts/task";
import { PRIORITIES, TASK_TYPES } from "#contracts/task-words";
import { command, type Call, type OptionSpecs } from "./command.ts";
import { EXIT } from "./exit.ts";
import { leaseText } from "./lease-text.ts";
import { printable } from "./output.ts";
import { gather } from "./pages.ts";
import { copy, oneOf, toNumber } from "./task-fields.ts";
import { dodLines, taskTable } from "./task-text.ts";
import { whoActs } from "./task.ts";

export const ready = command({
  name: "ready",
  summary: "what can be claimed now, the best first",
  args: [],
  options: {
    label: { type: "string", value: "A,B", about: "only with one of these" },
    type: { type: "string", value: "A,B", about: "only these types" },
    limit: { type: "string", short: "n", value: "N", about: "at most so many; 20 by default" },
  },
  notes: `Ends with ${EXIT.nothing} when nothing is ready. To take one: kyros claim`,
  examples: ["kyros ready", "kyros ready --label api --json"],
  async run({ options, board, out }) {
    const most = toNumber(options.text("limit"), "--limit") ?? 20;
    const query = { ready: true, label: options.text("label"), type: options.text("type") };
    const client = await board.client();
    const all = await gather(Number.POSITIVE_INFINITY, async (limit, cursor) => {
      const page = { ...query, limit, page_cursor: cursor };
      const { body } = await client.call("listTasks", { query: page });
      return { items: body?.items ?? [], next: body?.next_page_cursor ?? null };
    });
    const items = bestFirst(all, board.actor).slice(0, most);
    out.show({ items }, () =>
      items.length === 0 ? "Nothing is ready." : taskTable(items, out.columns),
    );
    return items.length === 0 ? EXIT.nothing : EXIT.ok;
  },
});

/** As a claim would choose, but for skills: the agent's own first, then by priority, then as on the board. */
export function bestFirst(tasks: readonly Task[], agent: string | undefined): Task[] {
  const rank = ({ assignee, priority }: Task) =>
    (assignee !== null && assignee === agent ? 0 : PRIORITIES.length) +
    PRIORITIES.indexOf(priority);
  return tasks
    .filter(({ assignee }) => agent === undefined || assignee === null || assignee === agent)
    .toSorted((one, other) => rank(one) - rank(other));
}

const CLAIM_OPTIONS = {
  label: { type: "string", multiple: true, value: "LABEL", about: "only with all of these" },
  type: { type: "string", multiple: true, value: "TYPE", about: "only these types" },
  skill: { type: "string", multiple: true, value: "WORD", about: "what you are good at" },
  ttl: { type: "string", value: "SECONDS", about: "how long the lease lasts without renewal" },
} as const satisfies OptionSpecs;

const CLAIM = {
  summary: "take the best ready task, or the one named, with a lease on it",
  args: ["[ID]"],
  options: CLAIM_OPTIONS,
  notes: `Needs a name: --actor, or KYROS_ACTOR. Ends with ${EXIT.nothing} when nothing is ready.`,
  examples: ["kyros claim --actor agent-1", "kyros claim T-100 --actor agent-1 --json"],
  async run({ args: [id], options, board, out }: Call<typeof CLAIM_OPTIONS>) {
    const agent = whoActs(board);
    const types = options.list("type")?.map((type) => oneOf(TASK_TYPES, type, "--type"));
    const client = await board.client();
    const { body } = await client.call("claimTask", {
      body: {
        agent,
        task_id: id,
        types,
        labels: copy(options.list("label")),
        skills: copy(options.list("skill")),
        ttl_seconds: toNumber(options.text("ttl"), "--ttl"),
      },
    });
    if (body === undefined) {
      out.show(null, () => "Nothing is ready.");
      return EXIT.nothing;
    }
    const { task, lease } = body;
    out.show(body, () =>
      [
        `${task.id}  ${printable(task.title)}`,
        lease === null ? `held by ${agent}, without a lease` : leaseText(lease),
        ...dodLines(task),
      ].join("\n"),
    );
    if (lease !== null) out.note(`Renew it while you work: kyros lease renew ${lease.resource}`);
    return EXIT.ok;
  },
} as const;

export const claim = command({ ...CLAIM, name: "claim" });

/** The same under its longer name, beside the other things that can be done with a task. */
export const taskClaim = command({ ...CLAIM, name: "task claim" });
