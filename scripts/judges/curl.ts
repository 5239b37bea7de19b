/** curl, as a script in CI would use it: what it makes of the answers is its own business. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { end, freePort, startServer } from "../server.ts";

const run = promisify(execFile);
/** More than the 1 MiB from which curl asks with `Expect: 100-continue` before it sends a body. */
const LARGE = Array.from({ length: 400 }, () => ({ title: "x", description: "y".repeat(4_000) }));

export async function judgeByCurl(
  home: string,
  tell: (judge: string, wrong: readonly string[]) => void,
): Promise<void> {
  const port = await freePort();
  const server = await startServer(join(home, "curled"), port);
  const url = `http://127.0.0.1:${port}`;
  const task = `${url}/collab/tasks/T-1`;
  const saved = join(home, "etag");
  const large = join(home, "large.json");
  writeFileSync(large, JSON.stringify({ creates: LARGE }));

  /** The status that curl saw, behind what it printed. */
  async function curl(...words: readonly string[]): Promise<string> {
    const how = ["--silent", "--show-error", "--write-out", " %{http_code}"];
    const { stdout } = await run("curl", [...how, ...words], { maxBuffer: 64 << 20 }).catch(
      (error: unknown) => {
        // What runs until its time is over ends with 28, and has printed all the same.
        if (error instanceof Error && "stdout" in error && "code" in error && error.code === 28) {
          return { stdout: String(error.stdout) };
        }
        throw error;
      },
    );
    return stdout;
  }

  const steps: readonly (readonly [what: string, words: readonly string[], expected: RegExp])[] = [
    ["creates", ["--json", '{"id":"T-1","title":"One"}', `${url}/collab/tasks`], / 201$/],
    ["reads, and keeps the tag", ["--etag-save", saved, task], /"title":"One".* 200$/],
    ["asks whether it still holds", ["--etag-compare", saved, task], /^ 304$/],
    ["asks for the head", ["--head", task], /^HTTP\/1\.1 200 [^]*etag: "1-/i],
    ["changes without a tag", ["-X", "PATCH", "--json", '{"title":"Two"}', task], / 428$/],
    ["sends 1.6 MB, and asks first", ["--json", `@${large}`, `${url}/collab/tasks/batch`], / 200$/],
    ["speaks HTTP/1.0", ["--http1.0", `${url}/healthz`], / 200$/],
    ["asks for HTTP/2", ["--http2", `${url}/healthz`], / 200$/],
    ["unpacks", ["--compressed", `${url}/openapi.json`], /"openapi":"3\.1\..* 200$/],
    [
      "follows the log",
      ["-N", "--max-time", "2", `${url}/collab/events/tail?since=2000-01-01T00:00:00Z`],
      /event: hello\n[^]*event: task_created\n[^]*event: caught-up\n/,
    ],
    ["names another host", ["-H", "Host: evil.test", `${url}/healthz`], / 403$/],
    [
      "leaves dots in a path as they are",
      ["--path-as-is", `${url}/console/../../package.json`],
      / 404$/,
    ],
  ];
  try {
    for (const [what, words, expected] of steps) {
      const printed = await curl(...words).catch(String);
      tell(`curl ${what}`, expected.test(printed) ? [] : [printed.slice(0, 500)]);
    }
    const etag = existsSync(saved) ? readFileSync(saved, "utf8").trim() : "";
    const patch = ["-X", "PATCH", "-H", `If-Match: ${etag}`, "--json", '{"title":"Two"}', task];
    const printed = await curl(...patch).catch(String);
    tell("curl changes what it has seen", printed.endsWith(" 200") ? [] : [printed.slice(0, 500)]);
  } finally {
    await end(server, "SIGTERM");
  }
}
