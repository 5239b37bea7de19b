/**
 * `kyros done`: one's part of a task is finished. Whoever works on it hands it over for review; whoever
 * looks after it from there on takes it to its end.
 */
import type { Client } from "#contracts/client";
import type { Task } from "#contracts/task";
import { isHeld, STATUSES, TRANSITIONS, type Status } from "#contracts/workflow";
import { command, type Board } from "./command.ts";
import { CommandError, EXIT } from "./exit.ts";
import { assertItems, change } from "./task-edit.ts";
import { oneOf, toNumber } from "./task-fields.ts";
import { dodLines } from "./task-text.ts";
import { TOKEN_OPTION } from "./task.ts";

const GOALS = ["review", "approved", "done"] as const satisfies readonly Status[];

export const done = command({
  name: "done",
  summary: "your part is finished: tick what is done, and hand the task over",
  args: ["[ID]"],
  options: {
    dod: { type: "string", value: "all|A,B", about: "tick these items first, such as d1,d2" },
    to: { type: "string", value: "STATUS", about: `how far: ${GOALS.join(", ")}` },
    reason: { type: "string", value: "TEXT", about: "what there is to say, for the log" },
    token: TOKEN_OPTION,
  },
  notes:
    "Without ID the task that you hold. It goes step by step through the workflow: from claimed or " +
    "in_progress to review, from review on to done, or as far as --to says. A step that is refused " +
    "ends it there. From review on nobody needs a lease; for merging it is taken and given back.",
  examples: ["kyros done --dod all --actor agent-1", "kyros done T-100 --to done --dod all"],
  async run({ args: [given], options, board, out }) {
    const to = options.text("to");
    const goal = to === undefined ? undefined : oneOf(GOALS, to, "--to");
    const leaseToken = toNumber(options.text("token"), "--token");
    const client = await board.client();
    const id = given ?? (await heldBy(client, board));
    let task = await read(client, id);
    const from = task.status;
    const path = pathTo(task, goal ?? (isBefore(from, "review") ? "review" : "done"));

    const ticks = options.text("dod");
    if (ticks !== undefined) {
      const toPatch = (seen: Task) => ({ dod: ticked(seen, ticks) });
      task = (await change({ client, out, id, leaseToken, retry: true, toPatch })).body.task;
    }
    // A token is that of the lease one comes with; a step that ends it has a successor without one.
    let token = isHeld(from) ? leaseToken : undefined;
    for (const [index, step] of path.entries()) {
      const reason = index === path.length - 1 ? options.text("reason") : undefined;
      try {
        const call = { params: { id }, body: { to: step, reason }, leaseToken: token };
        task = (await client.call("transitionTask", call)).body?.task ?? task;
      } catch (error) {
        if (index > 0) out.note(`${id} got as far as ${task.status}.`);
        throw error;
      }
      if (!isHeld(step)) token = undefined;
    }
    out.show({ old_status: from, new_status: task.status, task }, () =>
      [`${id}  ${[from, ...path].join(" → ")}`, ...leftOpen(task)].join("\n"),
    );
    return EXIT.ok;
  },
});

/** @throws CommandError unless there is exactly one. */
async function heldBy(client: Client, { actor = "person" }: Board): Promise<string> {
  const query = { assignee: actor, status: "claimed,in_progress,merging" };
  const { body } = await client.call("listTasks", { query });
  const ids = (body?.items ?? []).map(({ id }) => id);
  if (ids.length === 1 && ids[0] !== undefined) return ids[0];
  const text =
    ids.length === 0
      ? `${actor} holds no task. Name one, or say who acts: --actor NAME.`
      : `${actor} holds ${ids.join(", ")}. Name the one that is done.`;
  throw new CommandError(EXIT.refused, text);
}

async function read(client: Client, id: string): Promise<Task> {
  const { body } = await client.call("getTask", { params: { id } });
  if (body === undefined) throw new Error(`${id} came without a body`);
  return body;
}

function isBefore(status: Status, other: Status): boolean {
  return STATUSES.indexOf(status) < STATUSES.indexOf(other);
}

/** @throws CommandError where there is nothing to walk. */
function pathTo({ id, status }: Task, goal: Status): Status[] {
  if (status === "queued") {
    throw new CommandError(EXIT.refused, `${id} is queued: nobody works on it. See: kyros claim`);
  }
  const steps: Status[] = [];
  let at: Status = status;
  while (isBefore(at, goal)) {
    at = TRANSITIONS[at][0];
    steps.push(at);
  }
  if (steps.length > 0) return steps;
  throw new CommandError(EXIT.refused, `${id} is ${status} already.`);
}

function ticked(task: Task, ticks: string): Task["dod"] {
  const wanted = ticks === "all" ? task.dod.map(({ id }) => id) : ticks.split(",");
  assertItems(task, wanted);
  return task.dod.map((item) => ({ ...item, done: item.done || wanted.includes(item.id) }));
}

function leftOpen({ status, dod }: Task): string[] {
  const open = dod.filter((item) => !item.done);
  if (status === "done" || open.length === 0) return [];
  return ["still open before it can be done:", ...dodLines({ dod: open })];
}
