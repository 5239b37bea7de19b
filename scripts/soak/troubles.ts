/** What happens to a server and its files in a long life, all of it within minutes. */
import { execFileSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { edit, HABITS } from "../example/editor.ts";
import { readLog, writtenBy } from "../log.ts";
import { end, startServer } from "../server.ts";
import type { BoardDisk } from "./board-disk.ts";
import type { Known } from "./judge-cut.ts";
import type { Verdict } from "./verdict.ts";

const LIBRARY = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
  .map((folder) => join(folder, "faketime/libfaketime.so.1"))
  .find((path) => existsSync(path));

const TROUBLES = [
  "kill",
  "stop",
  "restart",
  "edit",
  "edit",
  "checkout",
  "clock",
  "full disk",
  "power cut",
] as const;
type Trouble = (typeof TROUBLES)[number];

interface Ports {
  readonly repository: string;
  readonly port: number;
  /** Undefined where the board has no disk of its own. */
  readonly disk: BoardDisk | undefined;
  /** All that anybody was told so far. */
  readonly known: () => Known;
}

/** So that what was sent off is there, and what the kernel is about is done. */
const STILL_MS = 30;

export class Troubles {
  readonly counts = new Map<Trouble, number>();
  readonly #ports: Ports;
  readonly #clockFile = join(mkdtempSync(join(tmpdir(), "kyros-soak-clock-")), "clock");
  readonly #edits: string[] = [];
  #server: ChildProcess | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    writeFileSync(this.#clockFile, "+0h");
  }

  /** Whether clocks can be made to jump here. */
  get movesClock(): boolean {
    return LIBRARY !== undefined;
  }

  get #baseUrl(): string {
    return `http://127.0.0.1:${this.#ports.port}`;
  }

  get folder(): string {
    return join(this.#ports.repository, "collaboration");
  }

  async start(): Promise<void> {
    const env = {
      FAKETIME_TIMESTAMP_FILE: this.#clockFile,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
      ...(LIBRARY !== undefined && { LD_PRELOAD: LIBRARY }),
    };
    this.#server = await startServer(this.folder, this.#ports.port, env);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    return this.#server === undefined ? null : end(this.#server, signal);
  }

  /** For a process that ends itself. */
  abandon(): void {
    this.#server?.kill("SIGKILL");
  }

  /** One after another: each at least once, and then any until the time is over. */
  async makeUntil(isOver: AbortSignal, tell: (what: string) => void): Promise<void> {
    const possible = TROUBLES.filter((trouble) => this.#canMake(trouble));
    const first = possible.toSorted(() => Math.random() - 0.5);
    while (!isOver.aborted || first.length > 0) {
      await sleep(300 + Math.random() * 1_200);
      const any = possible[Math.floor(Math.random() * possible.length)] ?? "edit";
      const trouble = first.pop() ?? any;
      this.counts.set(trouble, (this.counts.get(trouble) ?? 0) + 1);
      tell(await this.#make(trouble));
    }
  }

  #canMake(trouble: Trouble): boolean {
    if (trouble === "clock") return this.movesClock;
    return this.#ports.disk !== undefined || (trouble !== "full disk" && trouble !== "power cut");
  }

  async #make(trouble: Trouble): Promise<string> {
    if (trouble === "kill") {
      await this.end("SIGKILL");
      const edited = Math.random() < 0.5 ? `, ${this.#edit()} meanwhile` : "";
      await sleep(Math.random() * 500);
      await this.start();
      return `killed and started again${edited}`;
    }
    if (trouble === "stop") {
      this.#server?.kill("SIGSTOP");
      const ms = Math.round(Math.random() * 2_500);
      await sleep(ms);
      this.#server?.kill("SIGCONT");
      return `stopped for ${ms} ms`;
    }
    if (trouble === "restart") {
      const code = await this.end("SIGTERM");
      if (code !== 0) throw new Error(`after SIGTERM the server ended with ${code}`);
      await this.start();
      return "ended with SIGTERM and started again";
    }
    if (trouble === "full disk") return (await this.#ports.disk?.fill(this.#baseUrl)) ?? "";
    if (trouble === "power cut") return this.#cutPower();
    if (trouble === "edit") return this.#edit();
    if (trouble === "checkout") return this.#checkOut();
    const hours = Math.round(Math.random() * 4 - 2);
    writeFileSync(this.#clockFile, `${hours < 0 ? "-" : "+"}${Math.abs(hours)}h`);
    return `the wall clock jumps to ${hours} h beside the time`;
  }

  /** The board goes on as if nothing had been; what it would have lost is looked for in a copy. */
  async #cutPower(): Promise<string> {
    const { disk, known } = this.#ports;
    if (disk === undefined) return "";
    this.#server?.kill("SIGSTOP");
    await sleep(STILL_MS);
    const then = known();
    const copy = disk.copy();
    this.#server?.kill("SIGCONT");
    return disk.judge(copy, then);
  }

  #edit(): string {
    const id = `E-${this.#edits.length + 1}`;
    const habit = HABITS[this.#edits.length % HABITS.length] ?? "rename";
    edit(join(this.folder, "state/tasks.json"), habit, (text) => {
      const file = JSON.parse(text) as { items: Record<string, object> };
      // Blocked: nobody is to claim it.
      file.items[id] = { title: `By hand: ${id}.`, blocked: { reason: "an example" } };
      return `${JSON.stringify(file, null, 2)}\n`;
    });
    this.#edits.push(id);
    return `${id} added by hand, saved by ${habit}`;
  }

  /** The tasks as they were at the last commit, and a commit of what they are after it. */
  #checkOut(): string {
    const git = (...args: string[]) =>
      execFileSync("git", [
        "-C",
        this.#ports.repository,
        "-c",
        "user.name=Kyros",
        "-c",
        "user.email=kyros@example.org",
        ...args,
      ]);
    git("checkout", "--quiet", "--", "collaboration/state/tasks.json");
    git("add", "collaboration/state/tasks.json");
    git("commit", "--quiet", "--allow-empty", "-m", "The board");
    return "tasks.json checked out as it was committed";
  }

  /** Each save is in the log, or was set aside for whoever wrote it. */
  judgeEdits(): Verdict {
    const adopted = new Set(
      readLog(this.folder)
        .flatMap(writtenBy)
        .map(({ id }) => id),
    );
    const aside = join(this.folder, ".kyros/set-aside");
    const kept = (existsSync(aside) ? readdirSync(aside) : [])
      .map((name) => readFileSync(join(aside, name), "utf8"))
      .join("\n");
    const lost = this.#edits.filter((id) => !adopted.has(id) && !kept.includes(`By hand: ${id}.`));
    return {
      claim: `${this.#edits.length} saves by hand were taken in or set aside`,
      seen: this.#edits.length,
      wrong: lost.map((id) => `${id} is nowhere`),
    };
  }
}
