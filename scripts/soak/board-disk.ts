/** The disk under the board: it fills up, and it loses power. */
import { execFile } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createClient, ProblemError } from "#contracts/client";
import { makeDisk, mountDisk, type DiskImage } from "../../server/store/testing/disk-image.ts";
import { readLog } from "../log.ts";
import { ROOT } from "../tree.ts";
import { judgeCut, type Known } from "./judge-cut.ts";
import type { Verdict } from "./verdict.ts";

/** Room for the log of hours; what nobody writes takes none. */
const MEGABYTES = 1_024;
const MOST_PROBES = 200;

const execFileOf = promisify(execFile);

export class BoardDisk {
  readonly #home: string;
  readonly #disk: DiskImage;
  readonly #cuts: Verdict[] = [];
  #probes = 0;
  #fills = 0;
  #refusals = 0;
  #copies = 0;

  private constructor(home: string, disk: DiskImage) {
    this.#home = home;
    this.#disk = disk;
  }

  /** Undefined where no disk can be mounted. */
  static make(home: string): BoardDisk | undefined {
    const disk = makeDisk(home, MEGABYTES);
    return disk && new BoardDisk(home, disk);
  }

  get at(): string {
    return this.#disk.at;
  }

  unmount(): void {
    this.#disk.unmount();
  }

  /** Takes all the room there is until somebody is refused for it, and gives it back. */
  async fill(baseUrl: string): Promise<string> {
    const path = join(this.at, "ballast");
    await takeMost(this.at, path);
    const ballast = openSync(path, "a");
    this.#fills += 1;
    try {
      let answer = "";
      for (let probes = 0; answer !== "storage-full" && probes < MOST_PROBES; probes += 1) {
        // What the server's own replaced files gave back is taken as well.
        fillUp(ballast);
        answer = await this.#create(baseUrl);
      }
      if (answer === "storage-full") this.#refusals += 1;
    } finally {
      closeSync(ballast);
      rmSync(path);
    }
    for (let probes = 0; ; probes += 1) {
      const answer = await this.#create(baseUrl);
      if (answer === "created") return "the disk was full, and has room again";
      if (probes === MOST_PROBES) throw new Error(`with room again the server answers ${answer}`);
      await sleep(20);
    }
  }

  /** What a power cut at this moment would leave. */
  copy(): string {
    this.#copies += 1;
    const copy = join(this.#home, `cut-${this.#copies}`);
    this.#disk.copy(copy);
    return copy;
  }

  /** Holds a copy against all that was known to anybody when it was made. */
  async judge(copy: string, known: Known): Promise<string> {
    const after = mountDisk(copy, `${copy}-disk`);
    if (after === undefined) throw new Error("the copy of the disk cannot be mounted");
    const folder = join(after.at, "repository/collaboration");
    // After a power cut the server it names does not run any more; here it does, and would be asked.
    rmSync(join(folder, ".kyros/instance.json"), { force: true });
    // The command line opens the folder itself, as the next server would.
    const wrong = [...(await kyros("task list", folder)), ...(await kyros("verify", folder))];
    const verdict = judgeCut(known, readLog(folder));
    this.#cuts.push({ ...verdict, wrong: [...wrong, ...verdict.wrong] });
    after.unmount();
    if (wrong.length + verdict.wrong.length === 0) rmSync(copy);
    return `the power goes: ${verdict.claim}`;
  }

  verdicts(): Verdict[] {
    const claim = `${this.#fills} times the disk was full: refused, and taken again with room`;
    const isRefused = this.#refusals === this.#fills;
    const wrong = isRefused ? [] : [`only ${this.#refusals} times somebody was refused`];
    return [{ claim, seen: this.#fills, wrong }, ...this.#cuts];
  }

  /** What becomes of one more task. */
  async #create(baseUrl: string): Promise<string> {
    this.#probes += 1;
    const body = {
      id: `F-${this.#probes}`,
      title: "Is there room?",
      description: "x".repeat(4_000),
      archived: true,
    };
    try {
      await createClient({ baseUrl, actor: "probe" }).call("createTask", { body });
      return "created";
    } catch (error) {
      return error instanceof ProblemError ? error.problem.code : String(error);
    }
  }
}

/** In one piece, without writing it. */
async function takeMost(disk: string, path: string): Promise<void> {
  const { bavail, bsize } = statfsSync(disk);
  const bytes = bavail * bsize - (2 << 20);
  await execFileOf("fallocate", ["-l", String(bytes), path]);
}

/** All that is left, to the last block. */
function fillUp(file: number): void {
  for (let bytes = 1 << 20; bytes >= 512; bytes >>= 1) {
    const piece = Buffer.alloc(bytes);
    try {
      while (writeSync(file, piece) === bytes);
    } catch {
      // Not so much any more; perhaps half of it.
    }
  }
}

/** What it complains of. */
async function kyros(command: string, folder: string): Promise<string[]> {
  const args = ["server/cli/main.ts", ...command.split(" "), "--dir", folder];
  try {
    await execFileOf(process.execPath, args, { cwd: ROOT, maxBuffer: 1 << 30 });
    return [];
  } catch (error) {
    return [`kyros ${command}: ${String(error)}`];
  }
}

/** A log that is about to go on in its second file, as a board has it that has lived for long. */
export function fillLog(folder: string): void {
  mkdirSync(join(folder, "events"), { recursive: true });
  const file = openSync(join(folder, "events/events.jsonl"), "w");
  let size = 0;
  for (let number = 1; size < ALMOST_FULL_BYTES; number += 1) {
    const line = `${JSON.stringify(oldEvent(number))}\n`;
    size += writeSync(file, line);
  }
  closeSync(file);
}

const ALMOST_FULL_BYTES = (64 << 20) - (128 << 10);

function oldEvent(number: number): object {
  const ts = new Date(Date.UTC(2026, 0, 1) + number).toISOString();
  return {
    id: `old-${number}`,
    ts,
    event: "note",
    actor: "soak",
    target: "",
    details: { text: "x".repeat(16_000) },
  };
}
