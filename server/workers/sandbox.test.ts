import { describe, expect, test } from "vitest";
import { environmentOf, findSandbox } from "./sandbox.ts";

const NETWORK = "Executors can reach the network: the kernel gives this process no namespaces.";
const PROCESSES =
  "What an executor leaves running in a session of its own is not ended with it: no process namespace.";
const ORPHANS = "An executor outlives a worker that is killed, up to its own end: no setpriv.";

/** A machine that has only these. */
function machine(...has: string[]) {
  return (command: readonly string[]) =>
    Promise.resolve(
      ["setpriv", "unshare", "--net", "--pid"].every(
        (part) => !command.includes(part) || has.includes(part),
      ),
    );
}

describe("[W6] the strictest sandbox that the machine has, and what it does not keep out, said aloud", () => {
  test.each([
    [["setpriv", "unshare", "--net", "--pid"], false, ["--net", "--pid", "setpriv"], []],
    [["setpriv", "unshare", "--net"], false, ["--net", "setpriv"], [PROCESSES]],
    [["setpriv"], false, ["setpriv"], [NETWORK, PROCESSES]],
    [[], false, [], [NETWORK, PROCESSES, ORPHANS]],
    [["setpriv", "unshare", "--pid"], true, ["--pid", "setpriv"], []],
    [["setpriv"], true, ["setpriv"], [PROCESSES]],
  ])("with %j, network allowed: %s", async (has, allowsNetwork, parts, gaps) => {
    const works = machine(...has);
    const sandbox = await findSandbox({ allowsNetwork, works });
    const used = sandbox.prefix.filter((part) => ["setpriv", "--net", "--pid"].includes(part));
    expect(used.toSorted()).toEqual(parts);
    expect(sandbox.gaps).toEqual(gaps);
  });
});

test("[W6] of the environment an executor gets nothing that was not chosen", () => {
  const folders = { home: "/tmp/x/home", temporary: "/tmp/x/tmp" };
  expect(environmentOf("/bin", folders)).toEqual({
    PATH: "/bin",
    HOME: "/tmp/x/home",
    TMPDIR: "/tmp/x/tmp",
    LANG: "C.UTF-8",
    CI: "true",
    NO_COLOR: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_PAGER: "cat",
    GIT_CONFIG_NOSYSTEM: "1",
  });
});
