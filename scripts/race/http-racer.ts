/** Through the API, over a connection of its own. */
import { createClient, ProblemError } from "#contracts/client";
import type { Racer, Where } from "./racer.ts";

export function createHttpRacer({ url, name }: Where): Racer {
  const client = createClient({ baseUrl: url, actor: name });
  return {
    async claim(id) {
      try {
        const body = { agent: name, ...(id !== undefined && { task_id: id }) };
        const { body: got } = await client.call("claimTask", { body });
        if (got === undefined) return undefined;
        return { won: got.task.id, token: got.lease?.fencing_token ?? 0 };
      } catch (error) {
        if (error instanceof ProblemError) return { lost: id ?? "", code: error.problem.code };
        throw error;
      }
    },
    async read(id) {
      const { body, etag } = await client.call("getTask", { params: { id } });
      return { value: Number(body?.description), etag: etag ?? "" };
    },
    async write(id, value, etag) {
      try {
        const body = { description: String(value) };
        await client.call("patchTask", { params: { id }, ifMatch: etag, body });
        return true;
      } catch (error) {
        const code = error instanceof ProblemError ? error.problem.code : undefined;
        if (code === "precondition-failed") return false;
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}
