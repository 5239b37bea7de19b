import { describe, expect, test } from "vitest";
import { ProblemError } from "#contracts/client";
import type { Problem, ProblemCode } from "#contracts/problem";
import type { Ran } from "./child.ts";
import {
  afterFailure,
  failure,
  judgeEnding,
  labelsFor,
  passing,
  rotated,
  saysLost,
  toFailure,
} from "./decide.ts";

const RAN: Ran = {
  ending: "exited",
  exit: 0,
  limitMs: 2_000,
  output: "printed",
  stdout: Buffer.alloc(0),
  isCut: false,
};

describe("[W8] which failures may pass", () => {
  test.each<[string, Partial<Ran>, boolean, string]>([
    ["a time limit", { ending: "timed-out" }, true, "it took longer than 2 s"],
    ["a signal", { ending: "killed", signal: "SIGKILL" }, true, "it was ended by SIGKILL"],
    ["a stop of the worker", { ending: "stopped" }, true, "it was stopped"],
    [
      "no room for a process",
      { ending: "not-started", error: "EAGAIN" },
      true,
      "it could not be started (EAGAIN)",
    ],
    [
      "no such program",
      { ending: "not-started", error: "ENOENT" },
      false,
      "it could not be started (ENOENT)",
    ],
  ])("%s", (_, how, isTransient, reason) => {
    const ran = { ...RAN, exit: undefined, ...how };
    expect(judgeEnding("it", ran)).toEqual({ ok: false, isTransient, reason, output: "printed" });
  });

  test("an exit code is for the executor to judge", () => {
    expect(judgeEnding("it", { ...RAN, exit: 2 })).toBeUndefined();
  });

  test.each([
    [Object.assign(new Error("no space left"), { code: "ENOSPC" }), true],
    [Object.assign(new Error("not permitted"), { code: "EACCES" }), false],
    [new TypeError("a bug"), false],
  ])("of the worker's own: %s", (error, isTransient) => {
    expect(toFailure(error)).toMatchObject({ isTransient, reason: error.message });
  });
});

describe("[W8] what follows a failure", () => {
  const given = { attempts: 3, waitMs: 412.7 };

  test("one that may pass is tried again while attempts are left", () => {
    const again = { what: "try-again", inMs: 413 };
    expect(afterFailure(passing("slow"), { ...given, attempt: 1 })).toEqual(again);
    expect(afterFailure(passing("slow"), { ...given, attempt: 2 })).toEqual(again);
    expect(afterFailure(passing("slow"), { ...given, attempt: 3 })).toEqual({
      what: "give-up",
      reason: "slow; no attempt is left of 3",
    });
  });

  test("any other is the last", () => {
    expect(afterFailure(failure("no linter"), { ...given, attempt: 1 })).toEqual({
      what: "give-up",
      reason: "no linter",
    });
  });
});

describe("[W9] what tells a worker that its lease is lost", () => {
  test.each<[ProblemCode, boolean]>([
    ["lease-expired", true],
    ["fence-stale", true],
    ["not-holder", true],
    ["not-found", true],
    ["store-unavailable", false],
    ["draining", false],
    ["invalid", false],
    ["internal", false],
  ])("%s: %s", (code, isLost) => {
    const problem: Problem = { type: "", title: "", status: 0, detail: "", instance: "", code };
    expect(saysLost(new ProblemError(problem, null))).toBe(isLost);
  });

  test("no answer tells nothing", () => {
    expect(saysLost(new Error("no answer"))).toBe(false);
  });
});

test("[W4] a task asks for an executor by a label, and must have every other one that is asked for", () => {
  expect(labelsFor("docs/format", ["team-a"])).toEqual(["executor:docs/format", "team-a"]);
});

test("[W4] every executor is asked for first in its turn", () => {
  const rounds = [0, 1, 2, 3].map((round) => rotated(["a", "b", "c"], round).join(""));
  expect(rounds).toEqual(["abc", "bca", "cab", "abc"]);
  expect(rotated([], 7)).toEqual([]);
});
