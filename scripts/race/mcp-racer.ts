/** Through MCP: by turns over HTTP and stdio, and as a client of the new and of the old protocol. */
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { z } from "zod";
import { ROOT } from "../tree.ts";
import type { Racer, Where } from "./racer.ts";

const claimed = z.object({ id: z.string(), lease: z.object({ token: z.number() }) });
const seen = z.object({ description: z.string(), etag: z.string() });
const refused = z.object({ code: z.string(), detail: z.string() });

export async function createMcpRacer(where: Where): Promise<Racer> {
  const { index, name } = where;
  const mode = index % 4 < 2 ? "auto" : "legacy";
  const client = new Client({ name, version: "1" }, { versionNegotiation: { mode } });
  await client.connect(toTransport(where));

  async function call(tool: string, args: Record<string, unknown>) {
    const { isError, structuredContent } = await client.callTool({ name: tool, arguments: args });
    if (isError !== true) return { told: structuredContent };
    return { no: refused.parse(structuredContent) };
  }

  return {
    async claim(id) {
      const { told, no } = await call("work_next", id === undefined ? {} : { task_id: id });
      if (no !== undefined) return { lost: id ?? "", code: no.code };
      const got = claimed.safeParse(told);
      return got.success ? { won: got.data.id, token: got.data.lease.token } : undefined;
    },
    async read(id) {
      const { description, etag } = seen.parse((await call("task_get", { id })).told);
      return { value: Number(description), etag };
    },
    async write(id, value, etag) {
      const patch = { description: String(value) };
      const { no } = await call("task_update", { id, etag, patch });
      if (no !== undefined && no.code !== "precondition-failed") throw new Error(no.detail);
      return no === undefined;
    },
    close: () => client.close(),
  };
}

function toTransport({ index, name, url, folder }: Where) {
  if (index % 2 === 0) {
    const requestInit = { headers: { "kyros-actor": name } };
    return new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit });
  }
  const args = [join(ROOT, "server/cli/main.ts"), "mcp", "--dir", folder, "--actor", name];
  return new StdioClientTransport({ command: process.execPath, args });
}
