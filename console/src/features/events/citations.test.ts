import { expect, it } from "vitest";
import { inPieces } from "./citations.ts";

it("a long log is read in pieces that end with a sentence, and none of it is lost", () => {
  const sentences = Array.from({ length: 1_400 }, (_, at) => `- sentence ${at}: ${"x".repeat(90)}`);
  const pieces = inPieces(sentences.join("\n"));
  expect(pieces.length).toBeGreaterThan(5);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(21_000);
  expect(pieces.every((piece) => piece.startsWith("- sentence"))).toBe(true);
  expect(pieces.join("")).toBe(`${sentences.join("\n")}\n`);
});
