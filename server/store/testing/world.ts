/**
 * A store on a simulated disk and in simulated time: what would take seconds takes microseconds, and a
 * process that dies takes its timers with it.
 */
import { vi } from "vitest";
import { createClock } from "../../kernel/clock.ts";
import type { FileStore } from "../file-store.ts";
import { openSimulated, randomFrom } from "./crashes.ts";
import { SimDisk, type Operation, type Verdict } from "./sim-disk.ts";

const NEW_YEAR = Date.UTC(2026, 0, 1);

/** No work waits for more than this many moments one after another. */
const MOST_WAITS = 100;

/** What becomes of an operation while the power is on. */
export type Habit = (operation: Operation, path: string) => Verdict;

/** How a process comes to its end without having been asked. */
export type Death = "power cut" | "kill";

interface Start {
  readonly seed: number;
  /** How large a file of the log grows; undefined: as large as always. */
  readonly segmentBytes: number | undefined;
}

export class World {
  disk: SimDisk;
  /** Undefined while no server runs. */
  store: FileStore | undefined;
  #habit: Habit = () => "works";
  deaths = 0;
  readonly #segmentBytes: number | undefined;

  constructor(seed: number, segmentBytes: number | undefined) {
    this.#segmentBytes = segmentBytes;
    this.disk = new SimDisk({ random: randomFrom(seed), nowMs: () => Date.now() });
  }

  /** Runs `work` in simulated time. */
  static async within(
    { seed, segmentBytes }: Start,
    work: (world: World) => Promise<void>,
  ): Promise<void> {
    // Turns of the event loop stay as they are: simulated time passes between them.
    vi.useFakeTimers({
      now: NEW_YEAR,
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    });
    try {
      await work(new World(seed, segmentBytes));
    } finally {
      vi.clearAllTimers();
      vi.useRealTimers();
    }
  }

  /** @throws what opening throws, such as the power cut in the middle of it. */
  async open(): Promise<FileStore> {
    this.store = await this.settled(openSimulated(this.disk, createClock(), this.#segmentBytes));
    return this.store;
  }

  /** The disk is of this habit from now on. */
  adopt(habit: Habit): void {
    this.#habit = habit;
    this.disk.judge = habit;
  }

  /** After so many operations more the power is gone. */
  cutAfter(operations: number): void {
    const at = this.disk.operations + operations;
    this.disk.judge = (operation, path, count) =>
      count > at ? "power cut" : this.#habit(operation, path);
  }

  /** The one operation after so many more fails. */
  failAfter(operations: number): void {
    const at = this.disk.operations + operations + 1;
    this.disk.judge = (operation, path, count) =>
      count === at ? { code: "EIO" } : this.#habit(operation, path);
  }

  /** The end of a process, and what it leaves on the disk. */
  die(how: Death): void {
    this.deaths += 1;
    this.store = undefined;
    vi.clearAllTimers();
    this.disk = how === "kill" ? this.disk.restartGently() : this.disk.restart();
    this.disk.judge = this.#habit;
  }

  /** Waits in simulated time for as long as it takes. */
  async settled<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    work.then(settle, settle);
    for (let waits = 0; ; waits += 1) {
      await turn();
      if (isSettled) return work;
      if (waits > MOST_WAITS) throw new Error("this does not come to an end");
      vi.advanceTimersToNextTimer();
    }
  }

  async pass(ms: number): Promise<void> {
    vi.advanceTimersByTime(ms);
    await turn();
  }

  /** Somebody sets the clock; what was waited for comes no sooner. */
  setClock(byMs: number): void {
    vi.setSystemTime(Date.now() + byMs);
  }
}

/** Everything that can go on without time passing has gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
