/** Real editors save into a board that is served, each in the ways it has. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "#contracts/client";
import { end, freePort, startServer } from "../server.ts";

const SEEN_WITHIN_MS = 1_000;

type Save = (file: string, from: string, to: string) => readonly [string, ...string[]];

const vim =
  (...settings: readonly string[]): Save =>
  (file, from, to) => {
    const commands = [...settings.map((each) => `set ${each}`), `%s/"${from}"/"${to}"/`, "wq"];
    const words = commands.flatMap((each) => ["-c", each]);
    // The smaller package brings the name vi alone.
    const program = spawnSync("vim", ["--version"]).error === undefined ? "vim" : "vi";
    return [program, "-u", "NONE", "-N", "-es", "-n", ...words, file];
  };

const EDITORS: Readonly<Record<string, Save>> = {
  "vim as it comes": vim(),
  "vim, a copy first and then in place": vim("backupcopy=yes", "writebackup"),
  "vim, the old one renamed": vim("backupcopy=no", "backup", "backupext=.old"),
  "vim, without a backup": vim("nowritebackup", "nobackup"),
  "sed -i": (file, from, to) => ["sed", "-i", `s/"${from}"/"${to}"/`, file],
};

export async function judgeEditors(
  home: string,
  tell: (judge: string, wrong: readonly string[]) => void,
): Promise<void> {
  const port = await freePort();
  const folder = join(home, "edited");
  const server = await startServer(folder, port);
  try {
    const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, actor: "ada" });
    await client.call("createTask", { body: { id: "T-1", title: "0" } });
    for (const [index, [name, save]] of Object.entries(EDITORS).entries()) {
      const [program, ...words] = save(
        join(folder, "state/tasks.json"),
        `${index}`,
        `${index + 1}`,
      );
      const { error, status } = spawnSync(program, words, { stdio: "ignore", timeout: 10_000 });
      const failed = error?.message ?? (status === 0 ? undefined : `it ended with ${status}`);
      tell(name, failed === undefined ? await isSeen(`${index + 1}`) : [failed]);
    }

    async function isSeen(title: string): Promise<string[]> {
      for (const start = performance.now(); performance.now() - start < SEEN_WITHIN_MS;) {
        const { body } = await client.call("getTask", { params: { id: "T-1" } });
        if (body?.title === title) return [];
        await sleep(10);
      }
      return [`what it saved was not on the board within ${SEEN_WITHIN_MS} ms`];
    }
  } finally {
    await end(server, "SIGTERM");
  }
}
