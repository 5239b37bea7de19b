/** The process as people and scripts meet it. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";

const main = new URL("main.ts", import.meta.url).pathname;
const started: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kyros-serve-"));
  folders.push(folder);
  return join(folder, "board");
}

function start(env: Record<string, string>, cwd = tmpdir(), args: string[] = []) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (piece) => (out += String(piece)));
  child.stderr.on("data", (piece) => (err += String(piece)));
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => resolve(code));
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const url = /http:\/\/127\.0\.0\.1:\d+(?=\/console)/.exec(out)?.[0];
      if (url !== undefined) resolve(url);
    });
    void ended.then((code) => reject(new Error(`ended with ${code}: ${err}`)));
  });
  // A test that expects no server does not wait for one.
  ready.catch(() => {});
  return { child, ready, ended, out: () => out, err: () => err };
}

describe("[H80] what keeps it from starting is one sentence", () => {
  test.each([
    [{ PORT: "many" }, "PORT=many is not a whole number from 0 to 65535."],
    [{ HOST: "0.0.0.0" }, "HOST=0.0.0.0 would let other machines in"],
    [{ LOG_LEVEL: "loud" }, "LOG_LEVEL=loud is not one of"],
  ])("%j", async (env, sentence) => {
    const server = start({ KYROS_DIR: newFolder(), ...env });
    expect(await server.ended).toBe(1);
    expect(server.err()).toMatch(/^Not started\. /);
    expect(server.err()).toContain(sentence);
    expect(server.err().trim().split("\n")).toHaveLength(1);
  });

  test("an argument, since settings come from the environment", async () => {
    const server = start({}, tmpdir(), ["--seed"]);
    expect(await server.ended).toBe(1);
    expect(server.err()).toContain("takes no arguments, so not --seed either");
  });

  test("a port that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => {
      other.on("listening", resolve);
    });
    const { port } = other.address() as AddressInfo;
    const server = start({ KYROS_DIR: newFolder(), PORT: String(port) });
    expect(await server.ended).toBe(1);
    expect(server.err()).toContain(`127.0.0.1:${port} is taken by another program.`);
    expect(server.err().trim().split("\n")).toHaveLength(1);
    other.close();
  });

  test("a folder that cannot be made", async () => {
    const server = start({ KYROS_DIR: "/proc/board" });
    expect(await server.ended).toBe(1);
    expect(server.err()).toMatch(
      /^Not started\. The collaboration folder \/proc\/board cannot be opened/,
    );
    expect(server.err().trim().split("\n")).toHaveLength(1);
  });

  test("a folder that another server holds, naming it", async () => {
    const folder = newFolder();
    const first = start({ KYROS_DIR: folder });
    const url = await first.ready;
    const second = start({ KYROS_DIR: folder });
    expect(await second.ended).toBe(1);
    expect(second.err()).toContain(`is in use by process ${first.child.pid}`);
    expect(second.err()).toContain(url);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});

test("[H81] PORT=0 takes a free port and says which, with the console, the API and the folder", async () => {
  const folder = newFolder();
  const server = start({ KYROS_DIR: folder });
  const url = await server.ready;
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "alive" });
  expect(server.out()).toContain(`${url}/console/`);
  expect(server.out()).toContain(`${url}/docs`);
  expect(server.out()).toContain(folder);
});

test("settings may stand in .env where it is started; the environment comes first", async () => {
  const folder = newFolder();
  const home = dirname(folder);
  writeFileSync(join(home, ".env"), `KYROS_DIR=${folder}\nLOG_LEVEL=silent\nPORT=1\n`);
  const server = start({ PORT: "0" }, home);
  expect((await fetch(`${await server.ready}/healthz`)).status).toBe(200);
  expect(server.out()).toContain(folder);
});

describe("[H82] [S18] a stop that is asked for", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "by %s says bye to streams, loses nothing and exits with 0 within five seconds",
    async (signal) => {
      const folder = newFolder();
      const server = start({ KYROS_DIR: folder });
      const url = await server.ready;
      const stream = await fetch(`${url}/collab/events/tail`);
      const create = (id: string) =>
        fetch(`${url}/collab/tasks`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ id, title: "x" }),
        });
      const answers = Promise.all(Array.from({ length: 20 }, (_, i) => create(`T-${i + 1}`)));
      await create("T-100");
      const asked = performance.now();
      server.child.kill(signal);
      const statuses = (await answers).map(({ status }) => status);
      expect(await server.ended).toBe(0);
      expect(performance.now() - asked).toBeLessThan(5_000);
      expect(await stream.text()).toMatch(/event: bye\ndata: .*\n\n$/);

      const next = start({ KYROS_DIR: folder });
      const state = await fetch(`${await next.ready}/collab/state/tasks`);
      const { data } = (await state.json()) as { data: object };
      const done = statuses.flatMap((status, i) => (status === 201 ? [`T-${i + 1}`] : []));
      expect(Object.keys(data)).toEqual(expect.arrayContaining([...done, "T-100"]));
    },
    20_000,
  );

  test("with nothing under way but connections that were never used, at once", async () => {
    const server = start({ KYROS_DIR: newFolder() });
    const url = await server.ready;
    const { port } = new URL(url);
    const unused = connect({ port: Number(port), host: "127.0.0.1" });
    unused.on("error", () => {});
    await once(unused, "connect");
    // Answered on another connection: by now the server knows of the first.
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const asked = performance.now();
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(1_000);
  });
});
