import { expect, test } from "vitest";
import type { KyrosEvent } from "#contracts/event";
import { tell } from "./sentences.ts";

function said(event: string, details: KyrosEvent["details"]): string {
  const ts = "2026-01-01T00:00:00.000Z";
  return tell({ id: "e-1", ts, event, actor: "worker-1", target: "task:T-1", details });
}

test("what an executor came to is told with it", () => {
  const executor = "docs/format";
  expect(said("executor_started", { executor })).toBe("started docs/format");
  expect(said("executor_succeeded", { executor, summary: "2 of *3* files" })).toBe(
    "finished docs/format (2 of \\*3\\* files)",
  );
  expect(said("executor_succeeded", { executor })).toBe("finished docs/format");
  expect(said("executor_failed", { executor, reason: "no such file" })).toBe(
    "failed at docs/format (no such file)",
  );
});
