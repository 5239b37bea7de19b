import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Bounded } from "./bounded.ts";

function filled(head: number, tail: number, ...chunks: string[]): Bounded {
  const bounded = new Bounded(head, tail);
  for (const chunk of chunks) bounded.push(Buffer.from(chunk));
  return bounded;
}

test("[W7] what fits is kept as it is", () => {
  const bounded = filled(4, 4, "abc", "def", "gh");
  expect([bounded.text(), bounded.isCut]).toEqual(["abcdefgh", false]);
});

test("[W7] of what does not fit the beginning and the end are kept, and how much is missing is said", () => {
  const bounded = filled(4, 4, "abcdefghij", "klmnop");
  expect([bounded.text(), bounded.isCut]).toEqual(["abcd\n… 8 bytes left out …\nmnop", true]);
});

test("[W7] colours are no text", () => {
  expect(filled(100, 0, "\u001b[31mred\u001b[0m").text()).toBe("red");
});

test("[W7] however it is cut into pieces, no more than the bounds is kept, and nothing else", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 30 });
  const bound = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(pieces, bound, bound, (chunks, head, tail) => {
      const bounded = new Bounded(head, tail);
      for (const chunk of chunks) bounded.push(Buffer.from(chunk));
      const all = Buffer.concat(chunks);
      const first = all.subarray(0, head);
      const rest = all.subarray(head);
      const last = rest.subarray(Math.max(0, rest.length - tail));
      expect(bounded.bytes()).toEqual(Buffer.concat([first, last]));
      expect(bounded.isCut).toBe(all.length > head + tail);
    }),
  );
});
