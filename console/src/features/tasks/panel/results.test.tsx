import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { aTask } from "../../../testing/records.ts";
import { MergeConflicts } from "./merge-conflicts.tsx";
import { Results } from "./results.tsx";

afterEach(cleanup);

const artifact = {
  executor: "docs/format",
  base: null,
  bytes: 10,
  created_at: "2026-01-01T00:00:00.000Z",
};

describe("what a worker left", () => {
  it("is shown newest first, with the command that accepts a patch", () => {
    const artifacts = [
      {
        ...artifact,
        path: "artifacts/T-1/lint-1.md",
        kind: "report" as const,
        summary: "2 findings",
      },
      {
        ...artifact,
        path: "artifacts/T-1/docs-2.patch",
        kind: "patch" as const,
        summary: "3 files",
      },
    ];
    render(<Results task={aTask({ id: "T-1", artifacts })} />);
    const items = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
    expect(items[0]).toContain("3 files");
    expect(items[0]).toContain("git apply collaboration/artifacts/T-1/docs-2.patch");
    expect(items[1]).toContain("collaboration/artifacts/T-1/lint-1.md");
    expect(items[1]).not.toContain("git apply");
  });

  it("takes no place where there is nothing", () => {
    const { container } = render(<Results task={aTask({ id: "T-1" })} />);
    expect(container.innerHTML).toBe("");
  });
});

describe("what a merge left open", () => {
  it("names both sides of a field, and a deletion", () => {
    const conflicts = [{ field: "title", ours: "One", theirs: "Two" }, { deleted_by: "theirs" }];
    const task = Object.assign(aTask({ id: "T-1" }), { conflicts });
    render(<MergeConflicts task={task} />);
    expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
      "title: the other branch says “Two”, and “One” stands.",
      "Deleted on the other branch, changed on this one.",
    ]);
  });
});
