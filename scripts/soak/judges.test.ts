/** Judges that never say no would be no judges. */
import { describe, expect, test } from "vitest";
import type { KyrosEvent } from "#contracts/event";
import { judgeCut } from "./judge-cut.ts";
import { judgeLeases, type Grant } from "./judge-leases.ts";
import { judgeRecords, type Attempt } from "./judge-records.ts";
import { judgeTail, type Said } from "./judge-tails.ts";

const event = (id: string, details: KyrosEvent["details"], name = "task_updated"): KyrosEvent => ({
  id,
  ts: "2026-01-01T00:00:00.000Z",
  event: name,
  actor: "a",
  target: "task:T-1",
  details,
});
const version = (number: number) =>
  event(`e${number}`, {
    changes: [{ kind: "tasks", id: "T-1", version: number, hash: `h${number}` }],
  });
const etag = (number: number) => `"${number}-h${number}"`;

describe("the order of a record", () => {
  const log = [version(1), version(2), version(3)];
  const about = { client: "a", id: "T-1" };
  const write = (from: number, sent: number, answered: number): Attempt => ({
    ...about,
    sent,
    answered,
    ifMatch: etag(from),
    etag: etag(from + 1),
  });
  const read = (seen: number, sent: number, answered: number): Attempt => ({
    ...about,
    client: "b",
    sent,
    answered,
    etag: etag(seen),
  });
  const refused = (named: number, sent: number, answered: number): Attempt => ({
    ...about,
    client: "c",
    sent,
    answered,
    ifMatch: etag(named),
  });

  test("is kept by a reader who sees the old version while the new one is being made", () => {
    const attempts = [
      write(1, 0, 10),
      read(1, 5, 9),
      refused(1, 1, 11),
      read(2, 5, 9),
      write(2, 11, 20),
    ];
    expect(judgeRecords(attempts, log)).toEqual({
      claim: "5 reads and writes fit into one order of each record",
      seen: 2,
      wrong: [],
    });
  });

  test.each<[string, Attempt[], string]>([
    [
      "two children of one version",
      [write(1, 0, 10), { ...write(1, 1, 11), client: "d" }],
      'd and a were both told to have made T-1 "2-h2"',
    ],
    [
      "a write that named something else than what it stands behind",
      [{ ...write(2, 0, 10), ifMatch: etag(1) }],
      'a changed T-1 "1-h1" to "3-h3", which stands elsewhere',
    ],
    [
      "a version that no log has: it was shown before it was durable",
      [read(7, 0, 10)],
      'b was shown T-1 "7-h7", which the log does not know',
    ],
    [
      "a read that goes back in time",
      [write(1, 0, 10), read(1, 11, 12)],
      "b was given T-1 version 1 when version 2 was known already",
    ],
    [
      "a write that goes back in time",
      [read(3, 0, 5), write(1, 6, 10)],
      "a was given T-1 version 2 when version 3 was known already",
    ],
    [
      "a refusal of the newest version",
      [write(1, 0, 10), write(2, 21, 30), refused(2, 11, 20)],
      'c was refused T-1 "2-h2", which was the newest',
    ],
  ])("is broken by %s", (_, attempts, wrong) => {
    expect(judgeRecords(attempts, log).wrong).toContain(wrong);
  });

  test("is broken by a version that is missing in the log", () => {
    expect(judgeRecords([], [version(1), version(3)]).wrong).toEqual([
      "T-1: version 3 stands behind 1",
    ]);
  });
});

describe("a lease", () => {
  const grant = (token: number, sent: number, until: number, holder = `h${token}`): Grant => ({
    resource: "name:x",
    holder,
    token,
    sent,
    answered: sent + 10,
    until,
  });

  test("may be asked for before the other one ends, and given when it has ended", () => {
    expect(judgeLeases([grant(1, 0, 100), grant(2, 95, 300), grant(3, 310, 400)]).wrong).toEqual(
      [],
    );
  });

  test("that its holder asks for again is the same lease", () => {
    expect(judgeLeases([grant(1, 0, 100, "h"), grant(1, 50, 150, "h")])).toMatchObject({
      seen: 1,
      wrong: [],
    });
  });

  test("of another thing is another matter", () => {
    const other = { ...grant(2, 20, 100), resource: "name:y" };
    expect(judgeLeases([grant(1, 0, 100), other]).wrong).toEqual([]);
  });

  test.each<[string, Grant[], string]>([
    [
      "given to a second one in the time of the first",
      [grant(1, 0, 100), grant(2, 50, 300)],
      "name:x: h2 got it 40 ms before the time of h1 was over",
    ],
    [
      "given twice with one token",
      [grant(1, 0, 20), grant(1, 50, 80, "other")],
      "name:x: h1 and other both hold token 1",
    ],
    [
      "given with a token below an older one",
      [grant(5, 0, 20), grant(4, 50, 80)],
      "name:x: token 5 was given out before token 4",
    ],
  ])("must not be %s", (_, grants, wrong) => {
    expect(judgeLeases(grants).wrong).toContain(wrong);
  });
});

describe("a tail", () => {
  const log = [
    event("e1", {}),
    event("e2", { commit: { index: 0, size: 2 } }, "lease_acquired"),
    event("e3", { commit: { index: 1, size: 2 } }),
    event("e4", {}),
  ];
  const opened = (cursor?: string): Said => ({ what: "opened", cursor });
  const events = (cursor: string | undefined, ...ids: string[]): Said => ({
    what: "events",
    ids,
    cursor,
  });
  const judge = (said: Said[], wants = (_: KyrosEvent) => true) =>
    judgeTail({ reader: "r", wants, said }, log).wrong;

  test("is told everything in order; what was cut off inside a commit is told again", () => {
    const said = [
      opened(),
      events("c1", "e1"),
      events(undefined, "e2"),
      opened("c1"),
      events(undefined, "e2"),
    ];
    expect(judge([...said, events("c3", "e3"), opened("c3"), events("c4", "e4")])).toEqual([]);
  });

  test("that is filtered goes on from a bookmark", () => {
    const wants = ({ event: name }: KyrosEvent) => name === "lease_acquired";
    const said: Said[] = [
      opened(),
      events("c3", "e2"),
      { what: "place", cursor: "c4" },
      opened("c4"),
    ];
    expect(judge(said, wants)).toEqual([]);
  });

  test.each<[string, Said[], string]>([
    ["a gap", [opened(), events("c3", "e3")], "r was not told 2 events before e3"],
    ["a repetition", [opened(), events("c1", "e1"), events("c1", "e1")], "r was told e1 again"],
    [
      "something that never happened",
      [opened(), events("c9", "e9")],
      "r was told e9, which it should not be",
    ],
    [
      "a cursor inside a commit",
      [opened(), events("c1", "e1"), events("c2", "e2")],
      "r c2 lies inside a commit",
    ],
    [
      "no cursor at its end",
      [opened(), events(undefined, "e1")],
      "r e1 ends a commit, without a cursor",
    ],
    [
      "a bookmark inside a commit",
      [opened(), events("c1", "e1"), events(undefined, "e2"), { what: "place", cursor: "c2" }],
      "r c2 lies inside a commit",
    ],
    ["an end that is missing", [opened(), events("c1", "e1")], "r was told 1 of 4 events"],
    ["a cursor of nobody", [opened("c7")], "r came back with c7, which it never got"],
    ["a reset", [opened(), { what: "reset", reason: "gone" }], "r had to start over: gone"],
  ])("must not have %s", (_, said, wrong) => {
    expect(judge(said)).toContain(wrong);
  });
});

describe("what a power cut leaves", () => {
  const lease = event("l1", { fencing_token: 7 }, "lease_acquired");
  const log = [version(1), version(2), lease];
  const attempt = { client: "a", id: "T-1", sent: 0, answered: 1, etag: etag(2) };
  const grant = { resource: "name:x", holder: "a", token: 7, sent: 0, answered: 1, until: 9 };
  const said: Said[] = [{ what: "events", ids: ["e1", "e2"], cursor: "2" }];
  const known = { attempts: [attempt], grants: [grant], said };

  test("all that was known is there", () => {
    expect(judgeCut(known, log)).toMatchObject({ seen: 3, wrong: [] });
  });

  test("a version, a lease or an event that is gone is named", () => {
    expect(judgeCut(known, [version(1)]).wrong).toEqual([
      'T-1 "2-h2" is gone',
      "token 7 is gone",
      "event e2 is gone",
    ]);
  });
});
