import { expect, it } from "vitest";
import { presenceOf } from "./presence.ts";

it("each presence has a word and a shape of its own", () => {
  const states = [
    { status: "busy", available: true },
    { status: "idle", available: true },
    { status: "idle", available: false },
    { status: "waiting", available: true },
    { status: "error", available: true },
    { status: "offline", available: true },
  ] as const;
  const found = states.map(presenceOf);
  expect(found.map(({ text }) => text)).toEqual([
    "Busy",
    "Idle",
    "Not available",
    "Waiting",
    "Error",
    "Offline",
  ]);
  expect(new Set(found.map(({ shape }) => shape)).size).toBe(6);
});
