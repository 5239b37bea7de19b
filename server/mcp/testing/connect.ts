/** The official SDK's client before the app's MCP door, without a socket. */
import {
  Client,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { openApp, type TestApp } from "../../http/testing/client.ts";

export type Era = "modern" | "legacy";
export const ERAS: readonly Era[] = ["modern", "legacy"];

export interface Answer {
  readonly told: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly isError: boolean;
}

export interface Session {
  readonly client: Client;
  readonly call: (tool: string, args?: Readonly<Record<string, unknown>>) => Promise<Answer>;
}

export async function openBoard() {
  const board = await openApp();
  return {
    ...board,
    as: (actor: string | undefined, era: Era = "modern") => connect(toTransport(board, actor), era),
  };
}

export async function connect(transport: Transport, era: Era): Promise<Session> {
  const mode = era === "modern" ? "auto" : "legacy";
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return {
    client,
    async call(tool, args = {}) {
      const answer = await client.callTool({ name: tool, arguments: { ...args } });
      const [first] = answer.content;
      return {
        told: answer.structuredContent as Answer["told"],
        text: first?.type === "text" ? first.text : "",
        isError: answer.isError === true,
      };
    },
  };
}

export function toTransport({ app }: Pick<TestApp, "app">, actor: string | undefined): Transport {
  return new StreamableHTTPClientTransport(new URL("http://localhost/mcp"), {
    fetch: async (url, init) => app.request(new Request(url, init)),
    requestInit: actor === undefined ? {} : { headers: { "kyros-actor": actor } },
  });
}
