/** What a person can attach to a conversation, and a client can watch: the board and each task. */
import {
  ResourceNotFoundError,
  type CompleteResult,
  type ListResourcesResult,
  type ListResourceTemplatesResult,
  type ReadResourceResult,
} from "@modelcontextprotocol/server";
import { ProblemError, type Client } from "#contracts/client";
import type { Task } from "#contracts/task";
import { STATUSES } from "#contracts/workflow";
import { toTag } from "./view.ts";
import { BOARD_URI, TASK_URI_TEMPLATE, taskIdOf, taskUri } from "./uris.ts";

/** A list to choose from; `task_search` finds the others. */
const LISTED = 100;
/** A board of thousands is no text to read: each column shows where it begins. */
const SHOWN_PER_STATUS = 25;
const SUGGESTED = 20;

const BOARD = {
  uri: BOARD_URI,
  name: "board",
  title: "The board",
  description: "Every column with the first of its tasks",
  mimeType: "text/markdown",
} as const;

export const TEMPLATES: ListResourceTemplatesResult = {
  resourceTemplates: [
    {
      uriTemplate: TASK_URI_TEMPLATE,
      name: "task",
      title: "A task",
      description: "The whole record, with its etag",
      mimeType: "application/json",
    },
  ],
};

export async function listResources(client: Client): Promise<ListResourcesResult> {
  const status = STATUSES.filter((each) => each !== "done");
  const { body } = await client.call("listTasks", { query: { status, limit: LISTED } });
  const tasks = (body?.items ?? []).map((task) => ({
    uri: taskUri(task.id),
    name: task.id,
    title: `${task.id} ${task.title}`,
    mimeType: "application/json",
  }));
  return { resources: [BOARD, ...tasks] };
}

export async function readResource(client: Client, uri: string): Promise<ReadResourceResult> {
  if (uri === BOARD_URI) {
    return { contents: [{ uri, mimeType: BOARD.mimeType, text: await boardText(client) }] };
  }
  const id = taskIdOf(uri);
  if (id === undefined) throw new ResourceNotFoundError(uri);
  const text = await taskText(client, id);
  if (text === undefined) throw new ResourceNotFoundError(uri);
  return { contents: [{ uri, mimeType: "application/json", text }] };
}

export async function completeTaskId(client: Client, begun: string): Promise<CompleteResult> {
  const query = begun === "" ? {} : { q: begun };
  const { body } = await client.call("listTasks", { query: { ...query, limit: LISTED } });
  const ids = (body?.items ?? []).map(({ id }) => id).filter((id) => id.startsWith(begun));
  return { completion: { values: ids.slice(0, SUGGESTED), hasMore: ids.length > SUGGESTED } };
}

async function taskText(client: Client, id: string): Promise<string | undefined> {
  try {
    const { body, etag } = await client.call("getTask", { params: { id } });
    return JSON.stringify({ ...body, etag: toTag(etag ?? "") });
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === "not-found") return undefined;
    throw error;
  }
}

async function boardText(client: Client): Promise<string> {
  const columns = await Promise.all(
    STATUSES.map(async (status) => {
      const query = { status, limit: SHOWN_PER_STATUS };
      const { body } = await client.call("listTasks", { query });
      const items = body?.items ?? [];
      if (items.length === 0) return [];
      const more = body?.next_page_cursor == null ? [] : [`- … more: task_search status=${status}`];
      return [`## ${status}`, ...items.map(line), ...more, ""];
    }),
  );
  const lines = columns.flat();
  return lines.length === 0 ? "The board is empty.\n" : ["# Board", "", ...lines].join("\n");
}

function line({ id, title, priority, assignee, blocked, depends_on }: Task): string {
  const facts = [
    ...(priority === "normal" ? [] : [priority]),
    ...(assignee === null ? [] : [assignee]),
    ...(blocked === null ? [] : [`blocked: ${blocked.reason}`]),
    ...(depends_on.length === 0 ? [] : [`after ${depends_on.join(", ")}`]),
  ];
  return `- ${id} ${title}${facts.length === 0 ? "" : ` (${facts.join("; ")})`}`;
}
