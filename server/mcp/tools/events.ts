/** What others did, and what one has to say oneself. */
import { z } from "zod";
import type { Client } from "#contracts/client";
import { taskId, text } from "#contracts/primitives";
import { acting, reading } from "../tool.ts";
import type { Told } from "../result.ts";
import { eventView } from "../view.ts";

const SHOWN = 30;
const MOST = 200;

export const eventsChanges = reading({
  name: "events_changes",
  about:
    "What happened since cursor, oldest first, and the next cursor. Without cursor: the latest. wait_ms: wait for something to happen.",
  input: z.strictObject({
    cursor: z.string().optional(),
    wait_ms: z.int().min(0).max(60_000).default(0),
    target: z.string().optional().meta({ description: "such as task:T-100" }),
    actor: z.string().optional(),
    limit: z.int().min(1).max(MOST).default(SHOWN),
  }),
  async run({ cursor, wait_ms, ...filter }, { client, signal, canWait }) {
    if (cursor === undefined) return latest(client, filter);
    const wait = canWait ? wait_ms : 0;
    const query = { mode: "poll", since: cursor, wait_ms: wait, ...filter };
    const { body } = await client.call("tailEvents", { query, signal });
    if (body === undefined) return {};
    const { items, next_cursor, reset } = body;
    const answer = { events: items.map(eventView), cursor: next_cursor, reset };
    if (reset !== undefined) return { ...answer, next: LOOK_ANEW };
    if (items.length >= filter.limit) return { ...answer, next: MORE };
    return items.length === 0 && wait < wait_ms ? { ...answer, next: CANNOT_WAIT } : answer;
  },
});

const LOOK_ANEW =
  "What happened in between cannot be told: look at the board with task_search, then go on from this cursor";
const MORE = "There may be more: call again with this cursor";
const CANNOT_WAIT =
  "No server runs, so waiting here would keep others from the board. Wait for half a minute yourself, then call again";

/** The place is taken before the list is read, so that nothing falls between the two. */
async function latest(
  client: Client,
  filter: { readonly limit: number; target?: string | undefined; actor?: string | undefined },
): Promise<Told> {
  const { body: end } = await client.call("tailEvents", { query: { mode: "poll", wait_ms: 0 } });
  const query = { ...filter, until: end?.next_cursor, order: "desc" };
  const { body } = await client.call("listEvents", { query });
  return {
    events: (body?.items ?? []).toReversed().map(eventView),
    cursor: end?.next_cursor,
  };
}

export const note = acting({
  name: "note",
  about:
    "Write something into the log for people and other agents: a finding, a decision, a question.",
  input: z.strictObject({ text: text(2_000, 1), task: taskId.optional() }),
  async run({ text: said, task }, { client, actor }) {
    const target = task === undefined ? "" : `task:${task}`;
    const { body } = await client.call("appendEvents", {
      body: { event: "noted", actor, target, details: { text: said } },
    });
    return { noted: body?.ids[0] };
  },
});
