/** A judge that never says no would be no judge. */
import { expect, test } from "vitest";
import { judgeClaims, judgeCounter, type Report } from "./fight.ts";

const report = (claims: Report["claims"]): Report => ({ claims, written: 0, retries: 0 });
const counted = (written: number): Report => ({ claims: [], written, retries: 0 });
const log = [
  { target: "task:T-1", actor: "a" },
  { target: "task:T-2", actor: "b" },
];

test("one winner each is fine, and whoever lost was told who holds it", () => {
  const reports = [
    report([
      { won: "T-1", token: 1 },
      { lost: "T-2", code: "lease-held" },
    ]),
    report([{ won: "T-2", token: 2 }]),
  ];
  expect(judgeClaims(["T-1", "T-2"], reports, log).wrong).toEqual([]);
});

test.each([
  {
    name: "two winners of one task",
    reports: [
      report([{ won: "T-1", token: 1 }]),
      report([
        { won: "T-1", token: 2 },
        { won: "T-2", token: 3 },
      ]),
    ],
    wrong: ["T-1 was won 2 times"],
  },
  {
    name: "a task that nobody got",
    reports: [report([{ won: "T-1", token: 1 }])],
    wrong: ["T-2 was won 0 times"],
  },
  {
    name: "one token for two",
    reports: [report([{ won: "T-1", token: 1 }]), report([{ won: "T-2", token: 1 }])],
    wrong: ["a fencing token was given out twice"],
  },
  {
    name: "a loser who was told nothing of use",
    reports: [
      report([
        { won: "T-1", token: 1 },
        { won: "T-2", token: 2 },
        { lost: "T-2", code: "internal" },
      ]),
    ],
    wrong: ["who lost T-2 was told internal"],
  },
])("$name is seen", ({ reports, wrong }) => {
  expect(judgeClaims(["T-1", "T-2"], reports, log).wrong).toEqual(wrong);
});

test("a claim that the log does not have, or has twice, is seen", () => {
  const reports = [
    report([
      { won: "T-1", token: 1 },
      { won: "T-2", token: 2 },
    ]),
  ];
  const [first = { target: "", actor: "" }] = log;
  expect(judgeClaims(["T-1", "T-2"], reports, [first, first]).wrong).toEqual([
    "the log has 2 claims of T-1",
    "the log has 0 claims of T-2",
  ]);
});

test("a sum that is right is fine; a lost update, a missing one and one beside the log are seen", () => {
  const reports = [counted(3), counted(3)];
  expect(judgeCounter(3, reports, { value: 6, updates: 6 }).wrong).toEqual([]);
  expect(judgeCounter(3, reports, { value: 5, updates: 6 }).wrong).toEqual(["the sum is 5, not 6"]);
  expect(judgeCounter(3, reports, { value: 6, updates: 7 }).wrong).toEqual([
    "the log has 7 updates, not 6",
  ]);
  expect(judgeCounter(3, [counted(3), counted(2)], { value: 5, updates: 5 }).wrong).toEqual([
    "5 of 6 increments were accepted",
  ]);
});

test("an agent that broke down is no agent that lost", () => {
  const broken: Report = { ...counted(3), failure: "no answer" };
  expect(judgeCounter(3, [broken], { value: 3, updates: 3 }).wrong).toEqual(["no answer"]);
});
