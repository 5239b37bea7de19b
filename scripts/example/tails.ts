/** Two readers of the log who must see everything, in order and once: a page's, and a terminal's. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { EventSource } from "eventsource";
import type { KyrosEvent } from "#contracts/event";
import { ROOT } from "../tree.ts";
import { end } from "../server.ts";

export interface Tail {
  readonly name: string;
  readonly events: readonly KyrosEvent[];
  /** Why a reader had to start over; nobody should have to. */
  readonly resets: readonly string[];
  stop(): Promise<void>;
}

/** Server-sent events, as a browser reads them: it connects again by itself, with the last id it saw. */
export function streamTail(baseUrl: string, since: string): Tail {
  const events: KyrosEvent[] = [];
  const resets: string[] = [];
  const source = new EventSource(
    `${baseUrl}/collab/events/tail?batch=1&since=${encodeURIComponent(since)}`,
  );
  source.addEventListener("batch", ({ data }) => {
    events.push(...(JSON.parse(String(data)) as KyrosEvent[]));
  });
  source.addEventListener("reset", ({ data }) => resets.push(String(data)));
  return {
    name: "stream",
    events,
    resets,
    stop: () => Promise.resolve(source.close()),
  };
}

/** `kyros events tail --follow`, which knows the folder only, and finds the server again by itself. */
export function commandTail(
  folder: string,
  since: string,
  track: (child: ChildProcess) => void,
): Tail {
  const events: KyrosEvent[] = [];
  const resets: string[] = [];
  const args = ["events", "tail", "--follow", "--json", "--since", since, "--dir", folder];
  const child = spawn(process.execPath, ["server/cli/main.ts", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  track(child);
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line) as KyrosEvent);
  });
  createInterface({ input: child.stderr }).on("line", (line) => resets.push(line));
  return { name: "terminal", events, resets, stop: () => end(child, "SIGINT").then(() => {}) };
}
