import { describe, expect, it } from "vitest";
import { EventRing } from "../../live/event-ring.ts";
import { anEvent } from "../../testing/records.ts";
import { withLinks } from "./citations.ts";
import { parseEventFilter } from "./event-filter.ts";
import { eventText } from "./event-text.ts";
import { EventView } from "./event-view.ts";

const events = (...actors: string[]) =>
  actors.map((actor, at) => anEvent({ id: `${actor}${at}`, actor }));

describe("a filtered view of the log", () => {
  it("looks at each event once and finds the same as a filter over all", () => {
    const ring = new EventRing(100);
    const view = new EventView(parseEventFilter(new URLSearchParams("actor=ada")));
    ring.append(events("ada", "bob", "ada"));
    view.follow(ring);
    view.follow(ring);
    ring.append(events("bob", "ada"));
    view.follow(ring);
    expect(view.size).toBe(3);
    expect([0, 1, 2].map((row) => view.at(row))).toEqual([0, 2, 4]);
  });

  it("forgets what the ring forgot", () => {
    const ring = new EventRing(2);
    const view = new EventView(parseEventFilter(new URLSearchParams()));
    ring.append(events("a", "b", "c"));
    view.follow(ring);
    ring.append(events("d", "e"));
    view.follow(ring);
    expect(view.size).toBe(2);
    expect(view.at(0)).toBe(3);
  });

  it("counts the rows before a pause", () => {
    const ring = new EventRing(10);
    const view = new EventView(parseEventFilter(new URLSearchParams("actor=ada")));
    ring.append(events("ada", "bob", "ada", "ada"));
    view.follow(ring);
    expect([0, 1, 3, 9].map((index) => view.sizeUpTo(index))).toEqual([0, 1, 2, 3]);
  });
});

it("an event says what it changed in a few words", () => {
  const details = { from: "queued", to: "in_progress", reason: "lease-ended" };
  expect(eventText(anEvent({ details }))).toBe("queued → in progress, reason lease-ended");
  const changes = [{ kind: "tasks", id: "T-1", patch: { title: "x", updated_at: "y" } }];
  expect(eventText(anEvent({ details: { changes } }))).toBe("changed title");
});

it("cited ids become links, and other code stays code", () => {
  expect(withLinks("- did it. (`0190-aaaabbbb`, `0190-ccccdddd`)\n`code`")).toBe(
    "- did it. ([aabbbb](#0190-aaaabbbb), [ccdddd](#0190-ccccdddd))\n`code`",
  );
});
