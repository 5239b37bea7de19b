/** A server of its own for a journey: a fresh folder, a free port, and the power to kill it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createClient, type Client } from "#contracts/client";

const ROOT = join(import.meta.dirname, "../..");
const READY_WITHIN_MS = 20_000;

export interface RunningServer {
  readonly url: string;
  /** The collaboration folder. */
  readonly folder: string;
  /** Acts as this agent or person. */
  readonly as: (actor: string) => Client;
  /** As a power cut: no goodbye. */
  kill(): Promise<void>;
  /** Again, on the same folder and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startServer(
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), "kyros-e2e-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child = await launch();

  async function launch(): Promise<ChildProcess> {
    const started = spawn(process.execPath, ["server/main.ts"], {
      cwd: ROOT,
      env: { ...process.env, LOG_LEVEL: "warn", ...env, KYROS_DIR: folder, PORT: String(port) },
      stdio: ["ignore", "ignore", "inherit"],
    });
    await untilReady(url, started);
    return started;
  }

  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };

  return {
    url,
    folder,
    as: (actor) => createClient({ baseUrl: url, actor }),
    kill: () => end("SIGKILL"),
    async restart() {
      child = await launch();
    },
    async stop() {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    if (response?.ok === true) return;
    await wait(50);
  }
  throw new Error("the server was not ready in time");
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
