/** `kyros task list|show|add|move|delete|history`. */
import { STATUSES } from "#contracts/workflow";
import { command, type Board } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { printable } from "./output.ts";
import { gather } from "./pages.ts";
import { copy, FIELD_OPTIONS, oneOf, toFields, toNumber } from "./task-fields.ts";
import { historyText, taskTable, taskText } from "./task-text.ts";

export const TOKEN_OPTION = {
  type: "string",
  value: "N",
  about: "the fencing token of your lease, when you act under one",
} as const;

export const taskList = command({
  name: "task list",
  summary: "the tasks, in board order",
  args: [],
  options: {
    status: { type: "string", value: "A,B", about: `only these: ${STATUSES.join(", ")}` },
    assignee: { type: "string", value: "A,B", about: "only theirs" },
    label: { type: "string", value: "A,B", about: "only with one of these" },
    priority: { type: "string", value: "A,B", about: "only these" },
    type: { type: "string", value: "A,B", about: "only these" },
    ready: { type: "boolean", about: "only what can be claimed now" },
    search: { type: "string", short: "q", value: "WORDS", about: "only where every word occurs" },
    archived: { type: "boolean", about: "the archived ones instead" },
    limit: { type: "string", short: "n", value: "N", about: "at most so many" },
  },
  examples: ["kyros task list --ready", "kyros task list --status review,approved --json"],
  async run({ options, board, out }) {
    const most = toNumber(options.text("limit"), "--limit") ?? Number.POSITIVE_INFINITY;
    const query = {
      status: options.text("status"),
      assignee: options.text("assignee"),
      label: options.text("label"),
      priority: options.text("priority"),
      type: options.text("type"),
      ready: options.flag("ready") || undefined,
      q: options.text("search"),
      archived: options.flag("archived") || undefined,
    };
    const client = await board.client();
    const items = await gather(most, async (limit, cursor) => {
      const page = { ...query, limit, page_cursor: cursor };
      const { body } = await client.call("listTasks", { query: page });
      return { items: body?.items ?? [], next: body?.next_page_cursor ?? null };
    });
    out.show({ items }, () => taskTable(items, out.columns));
    return EXIT.ok;
  },
});

export const taskShow = command({
  name: "task show",
  summary: "one task with everything about it",
  args: ["ID"],
  options: {},
  notes: "With --json also its ETag, which `task edit --if-match` takes.",
  examples: ["kyros task show T-100"],
  async run({ args: [id = ""], board, out }) {
    const client = await board.client();
    const { body, etag } = await client.call("getTask", { params: { id } });
    if (body !== undefined) out.show({ etag, task: body }, () => taskText(body));
    return EXIT.ok;
  },
});

export const taskAdd = command({
  name: "task add",
  summary: "create a task",
  args: ["TITLE"],
  options: {
    id: { type: "string", value: "ID", about: "its id, such as T-7; made up when left out" },
    ...FIELD_OPTIONS,
  },
  examples: [
    `kyros task add "Retry on 503" --priority high --dod "tests updated" --dod "docs updated"`,
  ],
  async run({ args: [title = ""], options, board, out }) {
    const { description, labels, depends_on: dependsOn, ...fields } = toFields(options);
    const client = await board.client();
    const { body } = await client.call("createTask", {
      body: {
        id: options.text("id"),
        title,
        ...fields,
        description: description ?? undefined,
        labels: labels ?? undefined,
        depends_on: dependsOn ?? undefined,
        dod: copy(options.list("dod")),
      },
    });
    out.show(body, () => `${body?.id}  ${printable(title)}`);
    return EXIT.ok;
  },
});

export const taskMove = command({
  name: "task move",
  summary: "move a task to another status, or to another place in its column",
  args: ["ID", "[STATUS]"],
  options: {
    before: { type: "string", value: "ID", about: "put it directly before this one" },
    after: { type: "string", value: "ID", about: "put it directly after this one" },
    assignee: { type: "string", value: "NAME", about: "who will hold it, when not you" },
    reason: { type: "string", value: "TEXT", about: "why, for the log" },
    force: { type: "boolean", about: "as a person: past holder and dependencies" },
    token: TOKEN_OPTION,
    "if-match": { type: "string", value: "ETAG", about: "only if it is still this one" },
  },
  notes: `The statuses are ${STATUSES.join(", ")}.`,
  examples: ["kyros task move T-100 review", "kyros task move T-100 --before T-103"],
  async run({ args: [id = "", status], options, board, out }) {
    const to = status === undefined ? undefined : oneOf(STATUSES, status, "STATUS");
    const [before, after] = [options.text("before"), options.text("after")];
    const assignee = options.text("assignee");
    const why = { reason: options.text("reason"), force: options.flag("force") || undefined };
    const call = {
      params: { id },
      ifMatch: options.text("if-match"),
      leaseToken: toNumber(options.text("token"), "--token"),
    };
    const isRanked = before !== undefined || after !== undefined;
    if (isRanked && assignee !== undefined) {
      throw new UsageError("--assignee goes with a STATUS, not with --before or --after.");
    }
    if (!isRanked && to === undefined) {
      throw new UsageError("Say where to: a STATUS, --before ID or --after ID.");
    }
    const client = await board.client();
    const { body } =
      to === undefined || isRanked
        ? await client.call("moveTask", { ...call, body: { to, before, after, ...why } })
        : await client.call("transitionTask", { ...call, body: { to, assignee, ...why } });
    out.show(body, () =>
      body?.old_status === body?.new_status
        ? `${id}  moved within ${body?.new_status}`
        : `${id}  ${body?.old_status} → ${body?.new_status}`,
    );
    return EXIT.ok;
  },
});

export const taskDelete = command({
  name: "task delete",
  summary: "delete a task for good; to take it off the board only, see task edit --archive",
  args: ["ID"],
  options: {
    force: { type: "boolean", about: "also out of the tasks that depend on it" },
    token: TOKEN_OPTION,
    "if-match": { type: "string", value: "ETAG", about: "the state that you saw; now, by default" },
  },
  examples: ["kyros task delete T-100"],
  async run({ args: [id = ""], options, board, out }) {
    const client = await board.client();
    const params = { id };
    const ifMatch = options.text("if-match") ?? (await client.call("getTask", { params })).etag;
    await client.call("deleteTask", {
      params,
      query: { force: options.flag("force") || undefined },
      ifMatch: ifMatch ?? "",
      leaseToken: toNumber(options.text("token"), "--token"),
    });
    out.show({ ok: true, id }, () => `${id}  deleted`);
    return EXIT.ok;
  },
});

export const taskHistory = command({
  name: "task history",
  summary: "what happened to a task, newest first, each time with what it changed",
  args: ["ID"],
  options: {
    limit: { type: "string", short: "n", value: "N", about: "at most so many; 20 by default" },
  },
  examples: ["kyros task history T-100"],
  async run({ args: [id = ""], options, board, out }) {
    const most = toNumber(options.text("limit"), "--limit") ?? 20;
    const client = await board.client();
    const items = await gather(most, async (limit, cursor) => {
      const query = { limit, cursor };
      const { body } = await client.call("taskHistory", { params: { id }, query });
      return { items: body?.items ?? [], next: body?.next_cursor ?? null };
    });
    out.show({ items }, () => historyText(items));
    return EXIT.ok;
  },
});

/** @throws UsageError when nobody is named: leases and claims need a holder. */
export function whoActs({ actor }: Board): string {
  if (actor !== undefined) return actor;
  throw new UsageError("Say who acts: --actor NAME, or set KYROS_ACTOR.");
}
