/**
 * The MCP server: tools, resources and prompts, whatever the transport. It keeps nothing between two
 * requests, so one of these can serve a single request or a whole session.
 */
import { McpServer, ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import packageJson from "../../package.json" with { type: "json" };
import type { Door } from "./door.ts";
import { getPrompt, PROMPTS } from "./prompts.ts";
import { completeTaskId, listResources, readResource, TEMPLATES } from "./resources.ts";
import { TOOLS } from "./tools.ts";
import { TASK_URI_TEMPLATE } from "./uris.ts";

const INSTRUCTIONS = `Kyros is the board that agents and people of this repository share.
The loop: work_next → task_move in_progress → work, renewing with lease_hold → task_update tick → task_move review → work_next.
A result's next is the call to make then. A refusal has code, detail and next; code lease-expired, fence-stale or not-holder means that the task is no longer yours: stop writing.
agent: your name, where the connection does not give you one.`;

const LISTING = { tools: TOOLS.map(({ listing }) => listing) };
const BY_NAME = new Map(TOOLS.map((tool) => [tool.name, tool]));

/** Lists that only another version changes; what is read is never fresh enough to keep. */
const FOR_AN_HOUR = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** @param canNotify the transport can tell a client that a resource changed. */
export function createMcpServer(door: Door, canNotify: boolean): McpServer {
  const mcp = new McpServer(
    { name: "kyros", title: "Kyros", version: packageJson.version },
    {
      instructions: INSTRUCTIONS,
      capabilities: {
        tools: { listChanged: false },
        prompts: { listChanged: false },
        completions: {},
        resources: canNotify ? { subscribe: true, listChanged: true } : { listChanged: false },
      },
      cacheHints: {
        "tools/list": FOR_AN_HOUR,
        "prompts/list": FOR_AN_HOUR,
        "resources/templates/list": FOR_AN_HOUR,
      },
    },
  );
  const { server } = mcp;

  server.setRequestHandler("tools/list", () => LISTING);
  server.setRequestHandler("tools/call", ({ params }, { mcpReq }) => {
    const tool = BY_NAME.get(params.name);
    if (tool !== undefined) return tool.call(door, params.arguments, mcpReq.signal);
    throw invalid(`There is no tool ${params.name}. tools/list names those there are.`);
  });

  server.setRequestHandler("resources/list", () => door.visit(door.actor, listResources));
  server.setRequestHandler("resources/templates/list", () => TEMPLATES);
  server.setRequestHandler("resources/read", ({ params }) =>
    door.visit(door.actor, (client) => readResource(client, params.uri)),
  );
  server.setRequestHandler("completion/complete", ({ params: { ref, argument } }) => {
    const isTask = ref.type === "ref/resource" && ref.uri === TASK_URI_TEMPLATE;
    if (!isTask || argument.name !== "id") return { completion: { values: [] } };
    return door.visit(door.actor, (client) => completeTaskId(client, argument.value));
  });

  server.setRequestHandler("prompts/list", () => PROMPTS);
  server.setRequestHandler("prompts/get", async ({ params }) => {
    const prompt = await door.visit(door.actor, (client) =>
      getPrompt(client, params.name, params.arguments ?? {}),
    );
    if (prompt !== undefined) return prompt;
    throw invalid(`There is no prompt ${params.name}. prompts/list names those there are.`);
  });
  return mcp;
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
