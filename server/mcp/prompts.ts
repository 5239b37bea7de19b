/** Words to begin with, for whoever starts an agent. */
import type { GetPromptResult, ListPromptsResult } from "@modelcontextprotocol/server";
import type { Client } from "#contracts/client";
import { toText } from "./result.ts";
import { leaseView, taskRow } from "./view.ts";

export const PROMPTS: ListPromptsResult = {
  prompts: [
    {
      name: "work",
      title: "Work through the board",
      description: "The loop of an agent: get a task, do it, hand it over, get the next",
      arguments: [{ name: "labels", description: "only tasks with these labels, comma-separated" }],
    },
    {
      name: "resume",
      title: "Pick up where you were",
      description: "What you hold right now, after an interruption",
      arguments: [{ name: "agent", description: "the name you worked under", required: true }],
    },
  ],
};

/** @returns undefined when there is no prompt of this name. */
export async function getPrompt(
  client: Client,
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<GetPromptResult | undefined> {
  if (name === "work") return say(loopText(given["labels"] ?? ""));
  if (name === "resume") return say(await resumeText(client, given["agent"] ?? ""));
  return undefined;
}

function say(text: string): GetPromptResult {
  return { messages: [{ role: "user", content: { type: "text", text } }] };
}

function loopText(labels: string): string {
  const wanted = labels.split(",").flatMap((label) => (label.trim() === "" ? [] : [label.trim()]));
  const args = wanted.length === 0 ? "{}" : JSON.stringify({ labels: wanted });
  return `Work through the Kyros board until nothing is ready for you.

1. Call work_next ${args}. It claims and leases one task for you; keep its token.
2. task_move it to in_progress with the token, read description and dod, and do the work.
   Before you change files that others may touch, lease_hold path:<glob>.
3. A lease ends at expires_at. Renew it with lease_hold and the token before any long step, or ask
   work_next for a longer ttl_seconds. If a renewal is refused, stop: the task is no longer yours.
4. Tick what is done with task_update tick. If the task changed meanwhile, the refusal says what
   changed and which call to make; make it only if your change still makes sense.
5. When all of dod is done, task_move to review. Stuck? Say why with note, and move it to queued.
6. Start again at 1. When nothing is ready, wait with events_changes as the answer says; after two
   waits without a task, stop and say what you have done.`;
}

async function resumeText(client: Client, agent: string): Promise<string> {
  const status = ["claimed", "in_progress", "merging"];
  const [tasks, leases] = await Promise.all([
    client.call("listTasks", { query: { assignee: agent, status } }),
    client.call("listLeases", { query: { holder: agent } }),
  ]);
  const held = {
    tasks: (tasks.body?.items ?? []).map(taskRow),
    leases: (leases.body?.items ?? []).map(leaseView),
  };
  if (held.tasks.length + held.leases.length === 0) {
    return `You are ${agent} and hold nothing on the Kyros board: whatever you held has ended or was handed over. Do not go on with it; call work_next.`;
  }
  return `You are ${agent}. This is what you hold on the Kyros board now; nothing else of what you remember is still yours.

${toText(held)}

Renew each lease with lease_hold and its token first. Then task_get each task, compare it with what you see in the working copy, and go on.`;
}
