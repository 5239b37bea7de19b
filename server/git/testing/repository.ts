/** Real git repositories with a board, for tests; and the merge driver, without starting Node each time. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClock } from "../../kernel/clock.ts";
import { mergeFiles } from "../merge-files.ts";

export interface Repository {
  readonly parent: string;
  readonly root: string;
  /** Runs git there; answers how it ended and all that was said. */
  git(...args: readonly string[]): Promise<{ code: number; said: string }>;
  /** The same where anything but 0 is a fault of the test. */
  must(...args: readonly string[]): Promise<string>;
  write(path: string, text: string): void;
  read(path: string): string;
  remove(): void;
}

/** Neither the configuration of this machine nor what an outer git says has a part in it. */
export const ENVIRONMENT = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GIT|KYROS)_/.test(name)),
  ),
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.org",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.org",
  GIT_EDITOR: "true",
};

/** In memory where there is such a folder: what a disk makes of it is tested elsewhere. */
const QUICK = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export function newRepository(name = "repo"): Repository {
  const parent = mkdtempSync(join(QUICK, "kyros-git-"));
  const root = join(parent, name);
  execFileSync("git", ["init", "-q", "-b", "main", root], { env: ENVIRONMENT });
  return repositoryAt(parent, root);
}

/** Beside it. */
export function cloneOf({ parent, root }: Repository): Repository {
  const clone = join(parent, "clone");
  execFileSync("git", ["clone", "-q", root, clone], { env: ENVIRONMENT });
  return repositoryAt(parent, clone);
}

function repositoryAt(parent: string, root: string): Repository {
  const git: Repository["git"] = (...args) =>
    new Promise((resolve) => {
      execFile("git", args, { cwd: root, env: ENVIRONMENT }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, said: `${stdout}${stderr}` });
      });
    });
  return {
    parent,
    root,
    git,
    async must(...args) {
      const { code, said } = await git(...args);
      if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${code}: ${said}`);
      return said;
    },
    write(path, text) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    remove: () => rmSync(parent, { recursive: true }),
  };
}

export interface QuickDriver {
  /** For `merge.kyros.driver`. */
  readonly command: string;
  readonly calls: number;
  /** Why files could not be merged by record. */
  readonly failures: readonly string[];
  close(): void;
}

/**
 * Hundreds of merges in the time of a test: git asks this process over a socket, and the driver runs here.
 * Tests of the installed command start it as git does.
 */
export async function startQuickDriver(root: () => string): Promise<QuickDriver> {
  let calls = 0;
  const failures: string[] = [];
  const server: Server = createServer((socket) => {
    socket.setEncoding("utf8");
    let text = "";
    socket.on("data", (piece: Buffer | string) => {
      text += String(piece);
      const [base = "", ours = "", theirs = "", name = "", end] = text.split("\n");
      if (end === undefined) return;
      calls += 1;
      const at = (path: string) => join(root(), path);
      void mergeFiles(
        { base: at(base), ours: at(ours), theirs: at(theirs) },
        name,
        createClock().now(),
      )
        .then((merged) => {
          if (merged.ok) return Math.sign(merged.conflicts.length);
          failures.push(merged.reason);
          return 4;
        })
        .catch((error: unknown) => {
          failures.push(String(error));
          return 4;
        })
        .then((code) => socket.end(`${code}\n`));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  const script = `exec 3<>/dev/tcp/127.0.0.1/${address.port}; printf "%s\\n%s\\n%s\\n%s\\n" "$0" "$1" "$2" "$3" >&3; read -r code <&3; exit "$code"`;
  return {
    command: `bash -c '${script.replaceAll("%", "%%")}' %O %A %B %P`,
    get calls() {
      return calls;
    },
    failures,
    close: () => void server.close(),
  };
}
