import { describe, expect, test } from "vitest";
import type { ProblemCode } from "#contracts/problem";
import { STATUSES, type Status } from "#contracts/workflow";
import {
  ADA,
  AGENT_1,
  AGENT_2,
  boardWith,
  NO_TERMS,
  ok,
  refused,
  verdictOf,
} from "../testing/board.ts";

type Verdict = "moves" | "stays" | ProblemCode;
type Table = Record<Status, Record<Status, Verdict>>;

const NO = "invalid-transition";

const BY_HOLDER: Table = {
  queued: {
    queued: "stays",
    claimed: "moves",
    in_progress: NO,
    review: NO,
    approved: NO,
    merging: NO,
    done: NO,
  },
  claimed: {
    queued: "moves",
    claimed: "stays",
    in_progress: "moves",
    review: NO,
    approved: NO,
    merging: NO,
    done: NO,
  },
  in_progress: {
    queued: "moves",
    claimed: NO,
    in_progress: "stays",
    review: "moves",
    approved: NO,
    merging: NO,
    done: NO,
  },
  review: {
    queued: "moves",
    claimed: NO,
    in_progress: "moves",
    review: "stays",
    approved: "moves",
    merging: NO,
    done: NO,
  },
  approved: {
    queued: "moves",
    claimed: NO,
    in_progress: "moves",
    review: NO,
    approved: "stays",
    merging: "moves",
    done: NO,
  },
  merging: {
    queued: "moves",
    claimed: NO,
    in_progress: "moves",
    review: NO,
    approved: NO,
    merging: "stays",
    done: "moves",
  },
  done: {
    queued: "moves",
    claimed: NO,
    in_progress: NO,
    review: NO,
    approved: NO,
    merging: NO,
    done: "stays",
  },
};

/** agent-2, without force: the same, but for what agent-1 holds or is meant to do. */
const BY_STRANGER: Table = {
  queued: { ...BY_HOLDER.queued, claimed: "not-holder" },
  claimed: {
    ...BY_HOLDER.claimed,
    queued: "not-holder",
    claimed: "not-holder",
    in_progress: "not-holder",
  },
  in_progress: {
    ...BY_HOLDER.in_progress,
    queued: "not-holder",
    in_progress: "not-holder",
    review: "not-holder",
  },
  review: BY_HOLDER.review,
  approved: BY_HOLDER.approved,
  merging: {
    ...BY_HOLDER.merging,
    queued: "not-holder",
    in_progress: "not-holder",
    merging: "not-holder",
    done: "not-holder",
  },
  done: BY_HOLDER.done,
};

const cellsOf = (table: Table) =>
  STATUSES.flatMap((from) => STATUSES.map((to) => [from, to, table[from][to]] as const));

describe("[T1] every step that is not in the table is refused, and every step in it is taken", () => {
  test.each(cellsOf(BY_HOLDER))("by the holder: %s → %s: %s", async (from, to, verdict) => {
    expect(await verdictOf(await boardWith(from), to)).toBe(verdict);
  });

  test.each(cellsOf(BY_STRANGER))("by another agent: %s → %s: %s", async (from, to, verdict) => {
    expect(await verdictOf(await boardWith(from), to, AGENT_2)).toBe(verdict);
  });

  test.each(cellsOf(BY_HOLDER))(
    "by a person with force: %s → %s: %s",
    async (from, to, verdict) => {
      expect(await verdictOf(await boardWith(from), to, ADA, true)).toBe(verdict);
    },
  );

  test.each(cellsOf(BY_HOLDER))(
    "by a patch of the status: %s → %s: %s",
    async (from, to, verdict) => {
      const board = await boardWith(from);
      const before = board.etag("T-1");
      const change = { format: "merge-patch", patch: { status: to } } as const;
      const outcome = await board.tasks.patch(AGENT_1, "T-1", change, { ifMatch: [before] });
      const after = outcome.ok ? (board.etag("T-1") === before ? "stays" : "moves") : outcome.code;
      expect(after).toBe(verdict);
    },
  );

  test("the refusal names the steps there are", async () => {
    const board = await boardWith("review");
    const { detail, more } = await refused(
      board.tasks.transition(AGENT_1, "T-1", { to: "done" }, NO_TERMS),
    );
    expect(detail).toBe(
      "T-1 is review; from there it can go to approved or in_progress or queued, not to done.",
    );
    expect(more).toEqual({
      from: "review",
      to: "done",
      allowed: ["approved", "in_progress", "queued"],
    });
  });

  test("a step that changes nothing writes nothing", async () => {
    const board = await boardWith("review");
    await ok(board.tasks.transition(AGENT_2, "T-1", { to: "review" }, NO_TERMS));
    expect(await board.told()).toEqual([]);
  });
});
