import { expect, it } from "vitest";
import { steered } from "./drag.ts";

const room = () => 3;
const at = { status: "review", index: 1 } as const;

it("arrows move one step, and with Ctrl to the ends", () => {
  expect(steered(at, "ArrowLeft", false, room)).toEqual({ status: "in_progress", index: 1 });
  expect(steered(at, "ArrowRight", false, room)).toEqual({ status: "approved", index: 1 });
  expect(steered(at, "ArrowUp", false, room)).toEqual({ status: "review", index: 0 });
  expect(steered(at, "ArrowDown", true, room)).toEqual({ status: "review", index: 3 });
  expect(steered(at, "ArrowLeft", true, room)).toEqual({ status: "queued", index: 1 });
  expect(steered(at, "ArrowRight", true, room)).toEqual({ status: "done", index: 1 });
});

it("nothing moves beyond the board, nor beyond a shorter column", () => {
  expect(steered({ status: "queued", index: 0 }, "ArrowLeft", false, room)).toEqual({
    status: "queued",
    index: 0,
  });
  expect(steered({ status: "review", index: 3 }, "ArrowRight", false, () => 1)).toEqual({
    status: "approved",
    index: 1,
  });
});
