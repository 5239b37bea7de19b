/**
 * `kyros task edit`: an edit says which state it was made on, so it never overwrites what somebody
 * else wrote meanwhile. What they wrote comes back with the refusal; it is shown, or, where the fields
 * are others, the edit is made again on top of it.
 */
import { ProblemError, type Client } from "#contracts/client";
import type { Problem } from "#contracts/problem";
import type { DodItem, Task, TaskAnswer, TaskMergePatch } from "#contracts/task";
import { backoffMs } from "../kernel/backoff.ts";
import { sleep } from "../kernel/timers.ts";
import { command, type Options } from "./command.ts";
import { CommandError, EXIT, UsageError } from "./exit.ts";
import { shown, type Output } from "./output.ts";
import { FIELD_OPTIONS, toFields, toNumber } from "./task-fields.ts";
import { taskText } from "./task-text.ts";
import { TOKEN_OPTION } from "./task.ts";

const OPTIONS = {
  title: { type: "string", value: "TEXT", about: "what it is called" },
  ...FIELD_OPTIONS,
  check: { type: "string", multiple: true, value: "ITEM", about: "this item is done, such as d1" },
  uncheck: { type: "string", multiple: true, value: "ITEM", about: "this one is not after all" },
  block: { type: "string", value: "REASON", about: "it cannot go on, and why" },
  unblock: { type: "boolean", about: "it can go on" },
  archive: { type: "boolean", about: "take it off the board" },
  unarchive: { type: "boolean", about: "put it back" },
  "if-match": { type: "string", value: "ETAG", about: "the state that you saw; now, by default" },
  retry: { type: "boolean", about: "when others changed other fields, do it on top of theirs" },
  token: TOKEN_OPTION,
} as const;

type EditOptions = Options<typeof OPTIONS>;

const BOUNDS = { firstMs: 50, mostMs: 2_000 };
const MOST_ATTEMPTS = 8;

export const taskEdit = command({
  name: "task edit",
  summary: "change the fields of a task",
  args: ["ID"],
  options: OPTIONS,
  notes:
    "When somebody else changed the task meanwhile, nothing is written: you see what they changed. " +
    "With --retry the edit is made again on top of theirs, unless you both changed the same field. " +
    "An empty text empties a field; --dod adds an item. For the status, see: kyros task move --help",
  examples: [
    "kyros task edit T-100 --check d1 --retry",
    `kyros task edit T-100 --priority high --label api --label store`,
  ],
  async run({ args: [id = ""], options, board, out }) {
    const fields = toChanges(options);
    const leaseToken = toNumber(options.text("token"), "--token");
    const { body } = await change({
      client: await board.client(),
      out,
      id,
      ifMatch: options.text("if-match"),
      leaseToken,
      retry: options.flag("retry"),
      toPatch: (task) => ({ ...fields, ...toDod(options, task) }),
    });
    out.show(body, () => taskText(body.task));
    return EXIT.ok;
  },
});

interface Change {
  readonly client: Client;
  readonly out: Output;
  readonly id: string;
  /** The state it is made on; the one of now, by default. */
  readonly ifMatch?: string | undefined;
  readonly leaseToken: number | undefined;
  readonly retry: boolean;
  /** Made anew on each attempt. */
  toPatch(task: Task): TaskMergePatch;
}

/**
 * Changes a task, again on top of what others wrote where that is wanted and touches other fields.
 *
 * @throws CommandError that shows what they wrote; as JSON the refusal itself does.
 */
export async function change(work: Change): Promise<{ body: TaskAnswer }> {
  const { client, out, leaseToken } = work;
  const params = { id: work.id };
  const seen = await client.call("getTask", { params });
  let base = seen.body;
  let ifMatch = work.ifMatch ?? seen.etag ?? "";
  for (let attempt = 0; base !== undefined; attempt += 1) {
    const patch = work.toPatch(base);
    try {
      const { body } = await client.call("patchTask", { params, ifMatch, leaseToken, body: patch });
      if (body !== undefined) return { body };
    } catch (error) {
      const stale = toStale(error);
      if (stale === undefined) throw error;
      const both = stale.changed_fields.filter((field) => field !== "dod" && field in patch);
      if (!work.retry || attempt + 1 === MOST_ATTEMPTS || both.length > 0) {
        throw out.json ? error : new CommandError(EXIT.refused, staleText(stale, patch, both));
      }
      out.note(`${changedText(stale)}; once more, on top of it.`);
      await sleep(backoffMs(attempt, BOUNDS));
      base = stale.current;
      ifMatch = stale.current_etag;
    }
  }
  throw new Error(`${work.id} came without a body`);
}

/** What was asked for, but for the definition of done: that depends on what stands there. */
function toChanges(options: EditOptions): TaskMergePatch {
  const reason = options.text("block");
  const isBlocked = options.flag("unblock") ? null : undefined;
  const isArchived = options.flag("unarchive") ? false : undefined;
  const changes: TaskMergePatch = {
    title: options.text("title"),
    ...toFields(options),
    blocked: reason === undefined ? isBlocked : { reason },
    archived: options.flag("archive") || isArchived,
  };
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const dod = [options.list("dod"), options.list("check"), options.list("uncheck")];
  if (given.length === 0 && dod.every((list) => list === undefined)) {
    throw new UsageError("Say what to change. See: kyros task edit --help");
  }
  return Object.fromEntries(given);
}

/** So that ticks of others are kept. */
function toDod(options: EditOptions, { id, dod }: Task): Pick<TaskMergePatch, "dod"> {
  const added = options.list("dod") ?? [];
  const checked = options.list("check") ?? [];
  const unchecked = options.list("uncheck") ?? [];
  if (added.length + checked.length + unchecked.length === 0) return {};
  assertItems({ id, dod }, [...checked, ...unchecked]);
  const done = (item: DodItem) =>
    checked.includes(item.id) || (item.done && !unchecked.includes(item.id));
  return { dod: [...dod.map((item) => ({ ...item, done: done(item) })), ...added] };
}

/** @throws CommandError */
export function assertItems({ id, dod }: Pick<Task, "id" | "dod">, items: readonly string[]): void {
  const unknown = items.find((item) => !dod.some((each) => each.id === item));
  if (unknown === undefined) return;
  const known = dod.map((item) => item.id).join(", ") || "none";
  throw new CommandError(EXIT.refused, `${id} has no item ${unknown}. It has: ${known}`);
}

interface Stale extends Problem {
  readonly current: Task;
  readonly current_etag: string;
  readonly changed_fields: readonly string[];
  readonly changed_by?: string;
}

function toStale(error: unknown): Stale | undefined {
  return error instanceof ProblemError && isStale(error.problem) ? error.problem : undefined;
}

/** The record may be gone altogether: then there is nothing to merge with. */
function isStale(problem: Problem): problem is Stale {
  return problem.code === "precondition-failed" && Array.isArray(problem["changed_fields"]);
}

function changedText({ current, changed_fields: fields, changed_by: by }: Stale): string {
  return `${current.id} was changed by ${by ?? "somebody"} meanwhile (${fields.join(", ")})`;
}

function staleText(stale: Stale, patch: TaskMergePatch, both: readonly string[]): string {
  const now = new Map<string, unknown>(Object.entries(stale.current));
  const yours = new Map<string, unknown>(Object.entries(patch));
  const lines = stale.changed_fields.flatMap((field) => [
    `  ${field} is now  ${shown(now.get(field), 200)}`,
    ...(yours.has(field)
      ? [`  ${" ".repeat(field.length)}  yours  ${shown(yours.get(field), 200)}`]
      : []),
  ]);
  const next =
    both.length > 0
      ? `You both changed ${both.join(", ")}: look at theirs, then edit again with --if-match ${stale.current_etag}`
      : "Nothing that you wanted to change is among it: with --retry it is done on top of theirs.";
  return [`${changedText(stale)}; nothing was written.`, ...lines, next].join("\n");
}
