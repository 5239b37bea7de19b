/** The MCP door behind the same checks as the API. The SDK is loaded when somebody first asks for it. */
import type { ClientOptions } from "#contracts/client";
import type { Edge } from "./edge.ts";
import type { HttpApp } from "./env.ts";
import type { Reply } from "./reply.ts";

export interface McpDoor {
  answer(request: Request): Promise<Reply>;
  close(): Promise<void>;
}

type Fetch = NonNullable<ClientOptions["fetch"]>;

export interface McpPorts {
  readonly app: HttpApp;
  readonly edge: Edge;
  readonly load: () => Promise<{ readonly createMcpDoor: (fetch: Fetch) => McpDoor }>;
}

export function mountMcp({ app, edge, load }: McpPorts): { close(): Promise<void> } {
  let door: Promise<McpDoor> | undefined;
  const fetch: Fetch = (url, init) =>
    app.request(url, { ...init, headers: { ...init.headers, host: "localhost" } });

  async function open(): Promise<McpDoor> {
    const { createMcpDoor } = await load();
    return createMcpDoor(fetch);
  }

  app.all(
    "/mcp",
    edge.handler("/mcp", async (exchange) => {
      const mcp = await (door ??= open());
      return edge.send(exchange, await mcp.answer(exchange.c.req.raw));
    }),
  );
  return {
    async close() {
      await (await door)?.close();
    },
  };
}
