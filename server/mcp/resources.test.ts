import { expect, test } from "vitest";
import { ERAS, openBoard } from "./testing/connect.ts";

const create = (board: Awaited<ReturnType<typeof openBoard>>, id: string, fields: object = {}) =>
  board.ask("POST", "/collab/tasks", { json: { id, title: `Task ${id}`, ...fields } });

test.each(ERAS)(
  "[M12] the board and each open task can be read, in the %s protocol",
  async (era) => {
    const board = await openBoard();
    await create(board, "T-1", { priority: "high" });
    await create(board, "T-2", { depends_on: ["T-1"] });
    const { client } = await board.as("agent-1", era);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      "kyros://board",
      "kyros://tasks/T-1",
      "kyros://tasks/T-2",
    ]);
    const read = await client.readResource({ uri: "kyros://board" });
    expect(read.contents).toEqual([
      {
        uri: "kyros://board",
        mimeType: "text/markdown",
        text: "# Board\n\n## queued\n- T-1 Task T-1 (high)\n- T-2 Task T-2 (after T-1)\n",
      },
    ]);
    const { contents } = await client.readResource({ uri: "kyros://tasks/T-1" });
    const [task] = contents;
    expect(JSON.parse(task !== undefined && "text" in task ? task.text : "")).toMatchObject({
      id: "T-1",
      version: 1,
      etag: expect.stringMatching(/^1-/) as unknown,
    });
  },
);

test("[M12] what there is no task behind is not found", async () => {
  const { client } = await (await openBoard()).as("agent-1");
  for (const uri of [
    "kyros://tasks/T-404",
    "kyros://tasks/nonsense",
    "kyros://else",
    "file:///etc/passwd",
  ]) {
    await expect(client.readResource({ uri })).rejects.toThrow(`Resource not found: ${uri}`);
  }
});

test("[M12] the id of a task is completed", async () => {
  const board = await openBoard();
  for (const id of ["T-1", "T-12", "OPS-1"]) await create(board, id);
  const { client } = await board.as("agent-1");
  const { completion } = await client.complete({
    ref: { type: "ref/resource", uri: "kyros://tasks/{id}" },
    argument: { name: "id", value: "T-1" },
  });
  expect(completion.values).toEqual(["T-1", "T-12"]);
});

test("[M13] who listens is told which task changed, and when tasks come or go; nobody else is", async () => {
  const board = await openBoard();
  await create(board, "T-1");
  const listener = await board.as("agent-1");
  const told: string[] = [];
  listener.client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    told.push(params.uri);
  });
  listener.client.setNotificationHandler("notifications/resources/list_changed", () => {
    told.push("list");
  });
  const subscription = await listener.client.listen({
    resourceSubscriptions: ["kyros://tasks/T-1"],
    resourcesListChanged: true,
  });
  const other = await board.as("agent-2");
  await other.call("work_next");
  await expect.poll(() => told).toEqual(["kyros://tasks/T-1"]);
  await create(board, "T-2");
  await expect.poll(() => told).toEqual(["kyros://tasks/T-1", "list"]);
  await subscription.close();
  await other.call("task_move", { id: "T-1", to: "in_progress" });
  await board.drain();
  expect(told).toEqual(["kyros://tasks/T-1", "list"]);
});

test("[M14] the prompt for work names the tools there are, and keeps to the labels that were given", async () => {
  const { client } = await (await openBoard()).as("agent-1");
  const { tools } = await client.listTools();
  const { messages } = await client.getPrompt({
    name: "work",
    arguments: { labels: "api, store" },
  });
  const [{ content } = { content: undefined }] = messages;
  const text = content?.type === "text" ? content.text : "";
  expect(text).toContain('work_next {"labels":["api","store"]}');
  const named = new Set([...text.matchAll(/\b[a-z]+_[a-z]+\b/g)].map(([word]) => word));
  const known = new Set(tools.map(({ name }) => name));
  const words = ["in_progress", "expires_at", "ttl_seconds"];
  expect([...named].filter((word) => !known.has(word) && !words.includes(word))).toEqual([]);
});

test("[M14] the prompt after an interruption tells what is still held, or that nothing is", async () => {
  const board = await openBoard();
  await create(board, "T-1");
  const { client, call } = await board.as("agent-1");
  const resume = async () => {
    const { messages } = await client.getPrompt({
      name: "resume",
      arguments: { agent: "agent-1" },
    });
    return JSON.stringify(messages);
  };
  expect(await resume()).toContain("hold nothing");
  await call("work_next", { ttl_seconds: 60 });
  expect(await resume()).toContain("id=T-1 status=claimed");
  board.clock.advance(61_000);
  await create(board, "T-2");
  expect(await resume()).not.toContain("resource=task:T-1");
});
