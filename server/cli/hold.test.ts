import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sleep } from "../kernel/timers.ts";
import { createBoardServer, type BoardServer } from "./testing/server.ts";
import { createShell, type Shell } from "./testing/shell.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const ACTOR = { environment: { KYROS_ACTOR: "agent-1" } };

let shell: Shell;
let served: BoardServer | undefined;
const kyros: Shell["kyros"] = (command, options) => shell.kyros(command, options);

const script = (code: string) => ["--", process.execPath, "-e", code];
const leases = async () => (await kyros("lease list")).stdout;
const file = (name: string) => join(shell.folder, "..", name);
const touch = (name: string) => `require("fs").writeFileSync(${JSON.stringify(file(name))}, "")`;
/** Runs until the file is there. */
const until = (name: string) =>
  `setInterval(() => require("fs").existsSync(${JSON.stringify(file(name))}) && process.exit(7), 20)`;

describe.each(["without a server", "through the server of the folder"])("%s", (mode) => {
  beforeEach(async () => {
    shell = createShell();
    await kyros("init");
    await kyros("task add Work --id T-1");
    served = mode === "without a server" ? undefined : await createBoardServer(shell.folder);
  });
  afterEach(async () => {
    await served?.stop();
    shell.remove();
  });

  test("the command runs under the lease, which outlives its time and is given back after", async () => {
    const begun = touch("begun");
    const command = ["hold", "T-1", "--resource", "path:src/**", "--ttl", "1"];
    const holding = kyros([...command, ...script(`${begun}; ${until("stop")}`)], ACTOR);
    await expect.poll(() => existsSync(file("begun")), { timeout: 10_000 }).toBe(true);
    await sleep(2_000);
    // Listed by their ends, which each renewal puts in another order.
    const listed = await leases();
    expect(listed).toMatch(/^task:T-1 {5}agent-1 /m);
    expect(listed).toMatch(/^path:src\/\*\* {2}agent-1 /m);
    expect((await kyros("lease acquire path:src/app.ts --actor agent-2")).exit).toBe(1);
    writeFileSync(file("stop"), "");
    expect(await holding).toEqual({ exit: 7, stdout: "", stderr: "" });
    expect(await leases()).toBe("No leases.\n");
    expect((await kyros("events tail -n 2")).stdout).toMatch(
      /lease_released .*\n.*lease_released /,
    );
  });

  test("a lease that is lost is said at once; the command is left alone, the exit code is 5", async () => {
    let said = "";
    const command = ["hold", "T-1", "--ttl", "1"];
    const holding = kyros([...command, ...script(`${touch("begun")}; ${until("stop")}`)], {
      ...ACTOR,
      onStderr: (text) => (said += text),
    });
    await expect.poll(() => existsSync(file("begun")), { timeout: 10_000 }).toBe(true);
    await kyros("lease reclaim task:T-1 --force --reason hangs");
    await expect.poll(() => said, { timeout: 10_000 }).toContain("LEASE LOST");
    expect(said).toMatch(
      /task:T-1 is not yours any more \(lease_reclaimed by person at .*: hangs\)/,
    );
    writeFileSync(file("stop"), "");
    expect((await holding).exit).toBe(5);
    expect(said.match(/LEASE LOST/g)).toHaveLength(1);
  });

  test("a lease that one had before stays one's own", async () => {
    await kyros("claim T-1", ACTOR);
    expect((await kyros(["hold", "T-1", ...script("process.exit(0)")], ACTOR)).exit).toBe(0);
    expect(await leases()).toContain("task:T-1  agent-1");
  });

  test("a command that hands its task over has lost nothing", async () => {
    const { execPath } = process;
    const words = (text: string) => `${execPath} ${MAIN} ${text} --dir ${shell.folder}`;
    const work = `${words("task move T-1 claimed")} && ${words("done T-1")}`;
    const held = await kyros(["hold", "T-1", "--", "sh", "-c", `(${work}) >/dev/null`], ACTOR);
    expect(held).toEqual({ exit: 0, stdout: "", stderr: "" });
    expect((await kyros("task show T-1")).stdout).toContain("review");
  });

  test("what another holds is not run: all of the leases or none", async () => {
    await kyros("lease acquire name:x --actor agent-2");
    const command = ["hold", "T-1", "--resource", "name:x", ...script(touch("begun"))];
    const { exit, stderr } = await kyros(command, ACTOR);
    expect(exit).toBe(1);
    expect(stderr).toContain("(lease-held)");
    expect(existsSync(file("begun"))).toBe(false);
    expect(await leases()).not.toContain("task:T-1");
  });

  test("a command that is not there leaves no lease behind", async () => {
    const { exit, stderr } = await kyros("hold T-1 -- no-such-program", ACTOR);
    expect(exit).toBe(1);
    expect(stderr).toBe("no-such-program cannot be started: spawn no-such-program ENOENT\n");
    expect(await leases()).toBe("No leases.\n");
  });
});

describe("as a process", () => {
  let child: ChildProcess;

  beforeEach(async () => {
    shell = createShell();
    await kyros("init");
  });
  afterEach(() => {
    child.kill("SIGKILL");
    shell.remove();
  });

  async function startHolding(code: string): Promise<() => Promise<number | null>> {
    const words = [
      "hold",
      "--resource",
      "name:x",
      "--json",
      ...script(`${code}; ${touch("begun")}`),
    ];
    const env = { ...process.env, KYROS_DIR: shell.folder, KYROS_ACTOR: "agent-1" };
    child = spawn(process.execPath, [MAIN, ...words], { env, stdio: "ignore" });
    const exit = once(child, "exit");
    await expect.poll(() => existsSync(file("begun")), { timeout: 10_000 }).toBe(true);
    return async () => ((await exit) as [number | null])[0];
  }

  test("a signal reaches the command, and what the command makes of it is the end", async () => {
    const wait = "setInterval(() => {}, 1000)";
    const note = `require("fs").writeFileSync(${JSON.stringify(file("got"))}, process.env.KYROS_ACTOR)`;
    const exit = await startHolding(
      `process.on("SIGTERM", () => { ${note}; process.exit(9); }); ${wait}`,
    );
    child.kill("SIGTERM");
    expect(await exit()).toBe(9);
    expect(readFileSync(file("got"), "utf8")).toBe("agent-1");
    expect(await leases()).toBe("No leases.\n");
  });

  test("of a command that a signal ends, the exit code is that of a shell", async () => {
    const exit = await startHolding("setInterval(() => {}, 1000)");
    child.kill("SIGTERM");
    expect(await exit()).toBe(143);
  });
});

describe("exit 2", () => {
  beforeEach(() => {
    shell = createShell();
  });
  afterEach(() => shell.remove());

  test.each([
    ["hold -- true", "Say what to hold: a task's ID, or --resource."],
    ["hold T-1", "COMMAND is missing: it stands after --. See: kyros hold --help"],
    ["hold T-1 true", '"true" is one too many.'],
  ])("kyros %s", async (command, sentence) => {
    const { exit, stderr } = await kyros(command, ACTOR);
    expect(exit).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
