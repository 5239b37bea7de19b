/**
 * One agent, as a process of its own: `node agent.ts URL NAME`. Claims what is ready, ticks off its
 * definition of done piece by piece, hands it over for review, until the whole board is done.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ProblemError } from "#contracts/client";
import type { Task } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { versionOf, type Report } from "./report.ts";
import { jitter, repetitions, steadily } from "../steady.ts";

const [baseUrl = "", name = ""] = process.argv.slice(2);
const client = createClient({ baseUrl, actor: name });

/** Under which lease this agent acts. */
interface Hold {
  readonly leaseToken: number | undefined;
}

let idle = 0;
while (await isAnythingOpen()) {
  const held = await pickUp();
  if (held === undefined) {
    await jitter((idle += 1));
    continue;
  }
  idle = 0;
  try {
    await work(held.task, held.etag, held);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    report({ what: "lost", task: held.task.id, code: error.problem.code });
  }
}
report({ what: "repeated", requests: repetitions() });

async function isAnythingOpen(): Promise<boolean> {
  const { body } = await steadily(() => client.call("listTasks", { query: { limit: 1_000 } }));
  return body?.items.some(({ status }) => status !== "done") ?? true;
}

/** What was begun comes first: it may have come back by somebody's edit of the file. */
async function pickUp(): Promise<({ task: Task; etag: string } & Hold) | undefined> {
  const query = { assignee: name, status: ["claimed", "in_progress"] };
  const begun = await steadily(() => client.call("listTasks", { query }));
  const [own] = begun.body?.items ?? [];
  if (own !== undefined) {
    const { body, etag } = await steadily(() => client.call("getTask", { params: { id: own.id } }));
    return body && { task: body, etag: etag ?? "", leaseToken: undefined };
  }
  const { body } = await steadily((idempotencyKey) =>
    client.call("claimTask", { body: { agent: name }, idempotencyKey }),
  );
  if (body === undefined) return undefined;
  acknowledge(body.task, body.etag, "claimed");
  return { ...body, leaseToken: body.lease?.fencing_token };
}

async function work(claimed: Task, claimedEtag: string, hold: Hold): Promise<void> {
  let [task, etag] = [claimed, claimedEtag];
  if (task.status === "claimed") ({ task, etag } = await move(task.id, "in_progress", hold));
  // Looked up anew each time: what was ticked may come back open, by somebody's edit of the file.
  for (let open = firstOpen(task); open !== undefined; open = firstOpen(task)) {
    await sleep(20 + Math.random() * 60);
    ({ task, etag } = await tick(task, etag, open, hold));
  }
  await move(task.id, "review", hold);
}

function firstOpen({ dod }: Task): string | undefined {
  return dod.find(({ done }) => !done)?.id;
}

async function move(id: string, to: Status, { leaseToken }: Hold) {
  const { body } = await steadily((idempotencyKey) =>
    client.call("transitionTask", { params: { id }, body: { to }, leaseToken, idempotencyKey }),
  );
  if (body === undefined) throw new Error(`${id} moved without an answer`);
  acknowledge(body.task, body.etag, to);
  return body;
}

/** If-Match says which state the tick was made on; where that is gone, it is made on the new one. */
async function tick(
  seen: Task,
  seenEtag: string,
  item: string,
  { leaseToken }: Hold,
): Promise<{ task: Task; etag: string }> {
  let [task, etag] = [seen, seenEtag];
  for (let attempt = 0; ; attempt += 1) {
    const dod = task.dod.map((each) => (each.id === item ? { ...each, done: true } : each));
    const call = { params: { id: task.id }, ifMatch: etag, leaseToken, body: { dod } };
    try {
      const { body } = await steadily((idempotencyKey) =>
        client.call("patchTask", { ...call, idempotencyKey }),
      );
      if (body === undefined) throw new Error(`${task.id} was patched without an answer`);
      acknowledge(body.task, body.etag, `ticked ${item}`);
      return body;
    } catch (error) {
      const problem = error instanceof ProblemError ? error.problem : undefined;
      if (problem?.code !== "precondition-failed" || problem["current"] === null) throw error;
      task = problem["current"] as Task;
      etag = problem["current_etag"] as string;
      const by = String(problem["changed_by"]);
      report({ what: "merged", task: task.id, by, fields: problem["changed_fields"] as string[] });
      await jitter(attempt);
    }
  }
}

function acknowledge(task: Task, etag: string, did: string): void {
  const version = versionOf(etag);
  report({ what: "acknowledged", task: task.id, version, did });
}

function report(line: Report): void {
  console.log(JSON.stringify(line));
}
