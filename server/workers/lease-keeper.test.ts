import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClient, ProblemError } from "#contracts/client";
import type { Problem } from "#contracts/problem";
import { createManualClock } from "../kernel/clock.ts";
import { sleep } from "../kernel/timers.ts";
import { aLease } from "../store/testing/records.ts";
import { keepLease } from "./lease-keeper.ts";
import type { Link } from "./link.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Answer = "renewed" | "never" | Error;

/** @param answers to each renewal in turn; the last one to all that follow. */
function keep(...answers: Answer[]) {
  const clock = createManualClock();
  const start = clock.now();
  const asked: number[] = [];
  const client = createClient({ baseUrl: "http://unused" });
  const link: Link = {
    async reach(call, signal) {
      asked.push(clock.now() - start);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      if (answer === "never") {
        await sleep(1_000_000, signal);
        signal.throwIfAborted();
      }
      const renewed = { status: 200, body: { ok: true }, etag: null, headers: new Headers() };
      return call({ ...client, call: () => Promise.resolve(renewed as never) }, signal);
    },
  };
  const grip = keepLease(aLease("lock-1", { ttl_seconds: 30 }), start, { link, clock });
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(500);
      await vi.advanceTimersByTimeAsync(500);
    }
  };
  return { grip, asked, pass };
}

function problem(code: Problem["code"]): ProblemError {
  const document = { type: "", title: "", status: 409, detail: "", instance: "", code };
  return new ProblemError(document, null);
}

test("[W9] a lease is renewed three times in its life, for as long as it is kept", async () => {
  const { grip, asked, pass } = keep("renewed");
  await pass(65_000);
  expect(asked).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  expect(grip.lost.aborted).toBe(false);
  grip.letGo();
  await pass(60_000);
  expect([asked.length, grip.lost.aborted]).toEqual([6, false]);
});

test("[W9] it is lost at once when the board says so", async () => {
  const { grip, pass } = keep("renewed", problem("fence-stale"));
  await pass(19_500);
  expect(grip.lost.aborted).toBe(false);
  await pass(500);
  expect(grip.lost.aborted).toBe(true);
});

test("[W9] when nobody answers it is lost when the time is up that was promised last, counted from the question", async () => {
  const { grip, asked, pass } = keep("renewed", "never");
  // Asked for at 10 s, so it lasts until 40 s at least.
  await pass(39_500);
  expect([asked, grip.lost.aborted]).toEqual([[10_000, 20_000], false]);
  await pass(500);
  expect(grip.lost.aborted).toBe(true);
});

test("[W9] another refusal does not end it: the next renewal may succeed", async () => {
  const { grip, asked, pass } = keep(problem("internal"), "renewed");
  await pass(50_000);
  expect([asked.length, grip.lost.aborted]).toEqual([5, false]);
  grip.letGo();
});
