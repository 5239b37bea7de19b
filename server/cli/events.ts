/** `kyros events …`. */
import { ProblemError, UnreachableError, type Client } from "#contracts/client";
import type { KyrosEvent } from "#contracts/event";
import { backoffMs } from "../kernel/backoff.ts";
import { sleep } from "../kernel/timers.ts";
import { isBoard } from "./board.ts";
import { command, type Call, type Options, type OptionSpecs } from "./command.ts";
import { EXIT, NoBoard, UsageError } from "./exit.ts";
import { moment, printable } from "./output.ts";
import { gather } from "./pages.ts";
import { toNumber } from "./task-fields.ts";

const WAIT_MS = 25_000;

/** Without a server the folder is opened for each look, and free for others in between. */
const LOOK_EVERY_MS = 1_000;
const AGAIN = { firstMs: 200, mostMs: 3_000 };

export const FILTERS = {
  event: { type: "string", value: "A,B", about: "only these, such as task_claimed" },
  actor: { type: "string", value: "A,B", about: "only what they did" },
  target: {
    type: "string",
    value: "A,B",
    about: "only what was done to these, such as task:T-100",
  },
} as const satisfies OptionSpecs;

interface Filters {
  readonly event: string | undefined;
  readonly actor: string | undefined;
  readonly target: string | undefined;
}

type Context = Pick<Call<OptionSpecs>, "board" | "out" | "interruption">;

export const eventsTail = command({
  name: "events tail",
  summary: "what happened last, and with --follow what happens",
  args: [],
  options: {
    follow: { type: "boolean", short: "f", about: "go on until interrupted, across restarts" },
    since: { type: "string", value: "CURSOR|TIME", about: "everything since then" },
    lines: { type: "string", short: "n", value: "N", about: "at most so many; 20 by default" },
    ...FILTERS,
  },
  notes: "With --json one event a line. The times are UTC.",
  examples: [
    "kyros events tail --follow --event task_claimed,task_transitioned",
    "kyros events tail --since 2026-01-31T09:00:00Z --json",
  ],
  async run({ options, ...context }) {
    const filters = toFilters(options);
    const since = options.text("since");
    const most = toNumber(options.text("lines"), "--lines");
    // The place is taken before the list is read, so that nothing falls between list and tail.
    const client = await context.board.client();
    const end = await client.call("tailEvents", { query: { mode: "poll", wait_ms: 0 } });
    const until = end.body?.next_cursor;
    const items =
      since === undefined
        ? (await list(client, { ...filters, until, order: "desc" }, most ?? 20)).toReversed()
        : await list(client, { ...filters, until, since }, most ?? Number.POSITIVE_INFINITY);
    for (const event of items) show(event, context);
    if (!options.flag("follow")) return EXIT.ok;
    const onEvents = (events: readonly KyrosEvent[]) => {
      for (const event of events) show(event, context);
    };
    await follow({ filters, from: until, onEvents }, context);
    return EXIT.ok;
  },
});

export const eventsList = command({
  name: "events list",
  summary: "what happened in a time, oldest first",
  args: [],
  options: {
    since: { type: "string", value: "CURSOR|TIME", about: "from there on" },
    until: { type: "string", value: "CURSOR|TIME", about: "up to there" },
    newest: { type: "boolean", about: "the newest first" },
    limit: { type: "string", short: "n", value: "N", about: "at most so many; 100 by default" },
    ...FILTERS,
  },
  notes: "With --json one event a line. The times are UTC.",
  examples: ["kyros events list --since 2026-01-31T00:00:00Z --actor agent-1"],
  async run({ options, ...context }) {
    const client = await context.board.client();
    const range = {
      ...toFilters(options),
      since: options.text("since"),
      until: options.text("until"),
      order: options.flag("newest") ? ("desc" as const) : undefined,
    };
    const most = toNumber(options.text("limit"), "--limit") ?? 100;
    for (const event of await list(client, range, most)) show(event, context);
    return EXIT.ok;
  },
});

export const eventsAdd = command({
  name: "events add",
  summary: "write something into the log",
  args: ["EVENT"],
  options: {
    target: { type: "string", value: "TARGET", about: "what it is about, such as task:T-100" },
    details: { type: "string", value: "JSON", about: "an object with what else there is to say" },
    text: { type: "string", value: "TEXT", about: "what there is to say, in words" },
  },
  notes: "EVENT is lower-case words joined by _. The server's own names are taken.",
  examples: [`kyros events add noted --target task:T-100 --text "waiting for the design"`],
  async run({ args: [event = ""], options, board, out }) {
    const text = options.text("text");
    const details = await toDetails(options.text("details"));
    const client = await board.client();
    const { body } = await client.call("appendEvents", {
      body: {
        event,
        actor: board.actor ?? "person",
        target: options.text("target"),
        details: { ...details, ...(text !== undefined && { text }) },
      },
    });
    out.show(body, () => (body?.ids ?? []).join("\n"));
    return EXIT.ok;
  },
});

/** @throws UsageError */
async function toDetails(text: string | undefined) {
  if (text === undefined) return {};
  const { jsonObject } = await import("#contracts/primitives");
  try {
    return jsonObject.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`--details takes a JSON object, not ${text}`);
  }
}

function toFilters(options: Options<typeof FILTERS>): Filters {
  return {
    event: options.text("event"),
    actor: options.text("actor"),
    target: options.text("target"),
  };
}

type Range = Filters & {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly order?: "desc" | undefined;
};

function list(client: Client, range: Range, most: number): Promise<KyrosEvent[]> {
  return gather(most, async (limit, cursor) => {
    const { body } = await client.call("listEvents", { query: { ...range, cursor, limit } });
    return { items: body?.items ?? [], next: body?.next_cursor ?? null };
  });
}

export interface Following {
  readonly filters: Filters;
  readonly from: string | undefined;
  /** Called with what happened, in order and without a gap, before the next look is taken. */
  onEvents(events: readonly KyrosEvent[]): void | Promise<void>;
}

/** Until it is interrupted, across restarts of the server. */
export async function follow(following: Following, context: Context): Promise<void> {
  const { board, out } = context;
  const signal = context.interruption();
  let since = following.from;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const client = await board.client();
      const wait_ms = board.isOpenHere ? 0 : WAIT_MS;
      const query = { ...following.filters, mode: "poll", since, wait_ms };
      const { body } = await client.call("tailEvents", { query, signal });
      failures = 0;
      await following.onEvents(body?.items ?? []);
      if (body?.reset !== undefined) out.complain(`The log starts over: ${body.reset}.`);
      since = body?.next_cursor ?? since;
      if (!board.isOpenHere) continue;
      await board.release();
      await sleep(LOOK_EVERY_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!passes(error, board.folder)) throw error;
      if (failures === 0) out.note("No answer; trying again until there is one.");
      await board.release();
      await sleep(backoffMs(failures, AGAIN), signal);
      failures += 1;
    }
  }
}

/** A server that restarts, or a folder that somebody else has open for a moment; not one that is gone. */
function passes(error: unknown, folder: string): boolean {
  if (error instanceof ProblemError) return error.problem.retryable === true;
  if (error instanceof NoBoard) return isBoard(folder);
  return error instanceof UnreachableError;
}

function show(event: KyrosEvent, { out }: Context): void {
  out.show(event, () => eventText(event));
}

export function eventText(event: KyrosEvent): string {
  const { ts, event: name, target, actor, details } = event;
  return [moment(ts), printable(name), printable(target), `by ${printable(actor)}`]
    .concat(detailsText(details))
    .join("  ");
}

/** How the change is done again, and how the commit hangs together, is for programs. */
const FOR_PROGRAMS = new Set(["changes", "commit"]);

function detailsText(details: KyrosEvent["details"]): string[] {
  return Object.entries(details)
    .filter(([name]) => !FOR_PROGRAMS.has(name))
    .map(([name, value]) => {
      const text = printable(typeof value === "string" ? value : JSON.stringify(value));
      return `${printable(name)}=${text.length > 60 ? `${text.slice(0, 59)}…` : text}`;
    });
}
