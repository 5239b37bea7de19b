import { expect, it } from "vitest";
import { anEvent } from "../testing/records.ts";
import { EventRing } from "./event-ring.ts";

const events = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => anEvent({ id: `e${from + at}` }));

it("keeps the last events and counts the ones it forgot", () => {
  const ring = new EventRing(100);
  ring.append(events(0, 250));
  expect([ring.size, ring.dropped, ring.firstIndex]).toEqual([100, 150, 150]);
  expect(ring.at(150)?.id).toBe("e150");
  expect(ring.at(249)?.id).toBe("e249");
});

it("answers nothing for what it forgot and for what has not come", () => {
  const ring = new EventRing(10);
  ring.append(events(0, 20));
  expect(ring.at(9)).toBeUndefined();
  expect(ring.at(20)).toBeUndefined();
});

it("positions stay the same after its memory was compacted", () => {
  const ring = new EventRing(100);
  for (let block = 0; block < 30; block += 1) ring.append(events(block * 1_000, 1_000));
  expect(ring.size).toBe(100);
  expect(ring.at(29_950)?.id).toBe("e29950");
});
