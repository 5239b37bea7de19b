/** Reading and changing tasks. */
import { z } from "zod";
import type { ProblemError } from "#contracts/client";
import { taskId } from "#contracts/primitives";
import {
  newTaskSchema,
  taskMergePatch,
  taskQuery,
  taskSchema,
  transitionCommand,
  type Task,
} from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { acting, reading, type Call } from "../tool.ts";
import { callText, type Told } from "../result.ts";
import { fromTag, leaseView, taskRow, taskView, toTag } from "../view.ts";

const token = z.int().optional();
const SHOWN = 20;

export const taskGet = reading({
  name: "task_get",
  about: "One task: text, definition of done, etag, and who holds its lease.",
  input: z.strictObject({ id: taskId }),
  async run({ id }, { client }) {
    const [{ body: task, etag }, { body: leases }] = await Promise.all([
      client.call("getTask", { params: { id } }),
      client.call("listLeases", { query: { resource: `task:${id}` } }),
    ]);
    if (task === undefined || etag === null) throw new Error(`task ${id} came without its record`);
    return { ...taskView(task, etag), lease: leases?.items.map(leaseView)[0] };
  },
});

export const taskSearch = reading({
  name: "task_search",
  about: "Find tasks. ready: those work_next would choose from. q: every word must occur.",
  input: z.strictObject({
    q: z.string().optional(),
    ready: z.boolean().optional(),
    status: taskQuery.shape.status.unwrap().out.element.optional(),
    assignee: z.string().optional(),
    label: z.string().optional(),
    limit: z.int().min(1).max(100).default(SHOWN),
    page: z.string().optional(),
  }),
  async run({ page, ...query }, { client }) {
    const { body } = await client.call("listTasks", { query: { ...query, page_cursor: page } });
    const more = body?.next_page_cursor ?? undefined;
    return {
      tasks: (body?.items ?? []).map(taskRow),
      found: body?.items.length ?? 0,
      page: more,
      next: more === undefined ? undefined : "More match: narrow it down, or repeat with this page",
    };
  },
});

export const taskCreate = acting({
  name: "task_create",
  about: "Put a task on the board. dod: what must hold before it may be done.",
  input: newTaskSchema
    .pick({
      title: true,
      description: true,
      type: true,
      priority: true,
      depends_on: true,
      labels: true,
      assignee: true,
    })
    .extend({ dod: z.array(z.string()).optional() }),
  async run(body, { client }) {
    const { body: created } = await client.call("createTask", { body });
    return { id: created?.id, etag: toTag(created?.etag ?? "") };
  },
});

export const taskUpdate = acting({
  name: "task_update",
  about:
    "Change a task as you last saw it (etag). patch is a merge patch: lists replace whole lists. tick: ids of dod items that are done. If it changed meanwhile, you are told what, and the call to make.",
  input: z.strictObject({
    id: taskId,
    etag: z.string(),
    patch: taskMergePatch.omit({ status: true, position: true }).optional(),
    tick: z.array(z.string()).optional(),
    token,
  }),
  async run({ id, etag, patch, tick, token: leaseToken }, { client }) {
    const ticked = tick === undefined ? {} : { dod: await tickOff({ client }, id, tick) };
    const { body } = await client.call("patchTask", {
      params: { id },
      ifMatch: fromTag(etag),
      body: { ...patch, ...ticked },
      leaseToken,
    });
    if (body === undefined) return {};
    const open = body.task.dod.filter((item) => !item.done).map((item) => item.id);
    return { id, status: body.task.status, dod_open: open, etag: toTag(body.etag) };
  },
  refused: (error, args) =>
    error.problem.code === "precondition-failed" ? retry(error, args) : {},
});

/** The list as it is now; were it another than the caller saw, the etag would refuse the change. */
async function tickOff(
  { client }: Pick<Call, "client">,
  id: string,
  tick: readonly string[],
): Promise<Task["dod"]> {
  const { body } = await client.call("getTask", { params: { id } });
  return (body?.dod ?? []).map((item) => ({ ...item, done: item.done || tick.includes(item.id) }));
}

interface Attempt {
  readonly id: string;
  readonly patch?: object | undefined;
  readonly tick?: readonly string[] | undefined;
  readonly token?: number | undefined;
}

const lostRace = z.looseObject({
  current: taskSchema.optional(),
  current_etag: z.string().optional(),
  changed_fields: z.array(z.string()).optional(),
  changed_by: z.string().nullish(),
});

/** What the caller has to know to make the same change on top of the other one. */
function retry({ problem }: ProblemError, { id, patch, tick, token: leaseToken }: Attempt): Told {
  const { current, current_etag, changed_fields, changed_by } = lostRace.parse(problem);
  if (current === undefined || current_etag === undefined) return {};
  const mine = Object.keys(patch ?? {});
  const changed = changed_fields ?? mine;
  const overlap = mine.filter((field) => changed.includes(field));
  const etag = toTag(current_etag);
  const again = callText("task_update", { id, etag, patch, tick, token: leaseToken });
  return {
    detail: `${id} is not as you saw it: ${changed_by ?? "somebody"} changed ${changed.join(", ")}. Nothing of yours was written.`,
    current_etag: etag,
    now: Object.fromEntries(Object.entries(current).filter(([field]) => changed.includes(field))),
    overlap,
    next:
      overlap.length === 0
        ? `None of your fields was touched. Call: ${again}`
        : `Decide what ${overlap.join(", ")} should be now, then: ${again}`,
  };
}

export const taskMove = acting({
  name: "task_move",
  about:
    "Move a task you hold: claimed → in_progress → review → approved → merging → done, or back to queued to give it up. review hands it over and ends your lease. token: from work_next.",
  input: transitionCommand
    .pick({ to: true, assignee: true, reason: true })
    .extend({ id: taskId, token }),
  async run({ id, token: leaseToken, ...body }, { client }) {
    const { body: moved } = await client.call("transitionTask", {
      params: { id },
      body,
      leaseToken,
    });
    if (moved === undefined) return {};
    const { old_status: from, new_status: to, etag } = moved;
    return { id, from, to, etag: toTag(etag), next: afterMove(to, { id, token: leaseToken }) };
  },
});

function afterMove(to: Status, held: { id: string; token: number | undefined }): string {
  const move = (next: Status) => callText("task_move", { ...held, to: next });
  if (to === "claimed") return move("in_progress");
  if (to === "in_progress") return `Do the work. When it is finished: ${move("review")}`;
  return to === "merging" ? move("done") : "work_next {}";
}
