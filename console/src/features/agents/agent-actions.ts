import { ProblemError } from "#contracts/client";
import type { Agent, AgentMergePatch } from "#contracts/agent";
import { toRefusalText } from "../../api/refusal-text.ts";
import { runtime } from "../../app/runtime.ts";
import { notify } from "../../ui/notices.ts";

/**
 * Changes an agent. Its presence changes its ETag all the time, so a 412 is only a reason to stop
 * when one of the very fields was changed by somebody else.
 */
export async function patchAgent(seen: Agent, patch: AgentMergePatch): Promise<boolean> {
  const { client, live } = runtime();
  const send = async (ifMatch: string) => {
    const { body } = await client.call("patchAgent", {
      params: { id: seen.id },
      body: patch,
      ifMatch,
    });
    if (body !== undefined) live.learn("agents", seen.id, body.agent, body.etag);
  };
  try {
    await send(live.etag("agents", seen.id) ?? '"unknown"');
    return true;
  } catch (error) {
    const etag = etagIfUntouched(error, seen, patch);
    try {
      if (etag === undefined) throw error;
      await send(etag);
      return true;
    } catch (last) {
      const { title, text } = toRefusalText(last);
      notify("error", `${seen.name}: ${title}`, text);
      return false;
    }
  }
}

function etagIfUntouched(error: unknown, seen: Agent, patch: AgentMergePatch): string | undefined {
  if (!(error instanceof ProblemError) || error.problem.code !== "precondition-failed")
    return undefined;
  const { current, current_etag: etag } = error.problem;
  const now = current as Agent | undefined;
  const names = Object.keys(patch) as (keyof Agent & keyof AgentMergePatch)[];
  const isSame =
    now !== undefined &&
    names.every((name) => JSON.stringify(now[name]) === JSON.stringify(seen[name]));
  return isSame && typeof etag === "string" ? etag : undefined;
}
