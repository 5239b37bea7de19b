/** `kyros mcp` as an agent starts it: a process of its own on its stdin and stdout. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, ERAS, type Era, type Session } from "./testing/connect.ts";

const CLI = resolve("server/cli/main.ts");
const SLOW = 60_000;

let home: string;
let folder: string;
let sessions: Session[];
let server: ChildProcess | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "kyros-mcp-"));
  folder = join(home, "collaboration");
  sessions = [];
  kyros("init");
});

afterEach(async () => {
  await Promise.all(sessions.map(({ client }) => client.close()));
  await stopServer();
  rmSync(home, { recursive: true });
});

function kyros(...args: string[]): string {
  const words = [CLI, ...args, "--dir", folder];
  return execFileSync(process.execPath, words, { encoding: "utf8", stdio: "pipe" });
}

async function start(actor: string | undefined, era: Era = "modern"): Promise<Session> {
  const named = actor === undefined ? [] : ["--actor", actor];
  const args = [CLI, "mcp", "--dir", folder, ...named];
  const session = await connect(new StdioClientTransport({ command: process.execPath, args }), era);
  sessions.push(session);
  return session;
}

async function startServer(): Promise<void> {
  const env = { ...process.env, KYROS_DIR: folder, PORT: "0", LOG_LEVEL: "error" };
  server = spawn(process.execPath, ["server/main.ts"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (server.stdout !== null) await once(server.stdout, "data");
}

async function stopServer(): Promise<void> {
  if (server === undefined) return;
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
  server = undefined;
}

test(
  "[M18] without a server the folder is open for each call only: others get in between",
  async () => {
    const one = await start("agent-1");
    const two = await start("agent-2", "legacy");
    const created = await Promise.all([
      one.call("task_create", { title: "First" }),
      two.call("task_create", { title: "Second" }),
    ]);
    expect(created.map(({ isError }) => isError)).toEqual([false, false]);
    expect(kyros("task", "list")).toContain("First");
    const { told: now } = await one.call("events_changes");
    const waited = await one.call("events_changes", { cursor: now["cursor"], wait_ms: 50_000 });
    expect(waited.told["next"]).toContain("Wait for half a minute yourself");
    const got = await Promise.all([one.call("work_next"), two.call("work_next")]);
    const ids = got.map(({ told }) => told["id"]);
    expect(new Set(ids)).toEqual(new Set(created.map(({ told }) => told["id"])));
  },
  SLOW,
);

test(
  "[M18] a session outlives the server: it finds one that starts, and does without one that stops",
  async () => {
    const { call } = await start("agent-1");
    const titles = async () => {
      const { told } = await call("task_search");
      return (told["tasks"] as { title: string }[]).map(({ title }) => title);
    };
    await call("task_create", { title: "Before" });
    await startServer();
    await call("task_create", { title: "During" });
    expect(await titles()).toEqual(["Before", "During"]);
    await stopServer();
    await call("task_create", { title: "After" });
    expect(await titles()).toEqual(["Before", "During", "After"]);
  },
  SLOW,
);

test(
  "[M7] an agent that nobody named gets a name of its own, the same for the whole session",
  async () => {
    const [one, two] = [await start(undefined), await start(undefined)];
    kyros("task", "add", "First");
    kyros("task", "add", "Second");
    const { told: first } = await one.call("work_next");
    const { told: second } = await two.call("work_next");
    expect(first["assignee"]).toMatch(/^agent-[a-z2-7]{6}$/);
    expect(second["assignee"]).not.toBe(first["assignee"]);
    const moved = await one.call("task_move", { id: first["id"], to: "in_progress" });
    expect(moved.isError).toBe(false);
  },
  SLOW,
);

test.each(ERAS)(
  "[M13] over stdio too, who subscribed is told what changed, in the %s protocol",
  async (era) => {
    await startServer();
    const { client, call } = await start("agent-1", era);
    const told: string[] = [];
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
      told.push(params.uri);
    });
    const { told: task } = await call("task_create", { title: "Watched" });
    await call("task_create", { title: "Not watched" });
    const uri = `kyros://tasks/${String(task["id"])}`;
    if (era === "legacy") await client.subscribeResource({ uri });
    else await client.listen({ resourceSubscriptions: [uri] });
    // The place in the log is taken by a process of its own; until then nothing is told.
    await expect
      .poll(
        async () => {
          await call("work_next", { task_id: task["id"], ttl_seconds: 600 });
          await call("task_move", { id: task["id"], to: "queued" });
          return told;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toContain(uri);
    expect(new Set(told)).toEqual(new Set([uri]));
  },
  SLOW,
);

test(
  "[M17] the process ends when its stdin does, with 0",
  async () => {
    const child = spawn(process.execPath, [CLI, "mcp", "--dir", folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    await once(child.stdout, "data");
    child.stdin.end();
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
  },
  SLOW,
);

test(
  "[M4] a folder without a board is told as a refusal that says how to make one",
  async () => {
    rmSync(folder, { recursive: true });
    const { call } = await start("agent-1");
    const { told, isError } = await call("work_next");
    expect(isError).toBe(true);
    expect(told).toMatchObject({
      code: "unreachable",
      detail: expect.stringContaining("kyros init") as unknown,
    });
  },
  SLOW,
);
