/** A whole server on a folder, and what one asks of it. */
import { expect } from "vitest";
import { MAIN, node, type Running } from "./processes.ts";

export interface Server extends Running {
  readonly url: string;
  /** Status and body. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Answer }>;
}

/** As much of an answer as the tests look at. */
export interface Answer {
  readonly id: string;
  readonly code: string;
  readonly lock_id: string;
  readonly fencing_token: number;
  readonly expires_at: string;
  readonly items: readonly { readonly lock_id: string; readonly event: string }[];
}

export async function serve(folder: string, env: NodeJS.ProcessEnv = {}): Promise<Server> {
  const running = node(MAIN, [], { PORT: "0", LOG_LEVEL: "silent", KYROS_DIR: folder, ...env });
  await running.says("Kyros is ready");
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(running.stdout())?.[0] ?? "";
  expect(url).not.toBe("");
  return {
    ...running,
    url,
    async ask(method, path, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        ...(body !== undefined && {
          headers: { "content-type": "application/json", "kyros-actor": "agent-1" },
          body: JSON.stringify(body),
        }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Answer };
    },
  };
}
