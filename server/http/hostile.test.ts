/**
 * Inputs made to take long. Each of them took seconds or minutes with a pattern or a loop that backtracks,
 * and takes milliseconds here; the bound is generous, since the machine may be busy.
 */
import { describe, expect, test } from "vitest";
import { compareIds } from "../kernel/natural-order.ts";
import { monotonicMs } from "../kernel/stopwatch.ts";
import { sleep } from "../kernel/timers.ts";
import { parseTags } from "./conditional.ts";
import { openApp, type Ask, type TestApp } from "./testing/client.ts";

const MOST_MS = 1_000;
/** What Node lets through of a request line and of all headers together. */
const HEADER = 16_000;

async function timed<T>(work: () => T | Promise<T>): Promise<T> {
  const start = monotonicMs();
  const result = await work();
  const ms = monotonicMs() - start;
  if (ms > MOST_MS) throw new Error(`this took ${ms} ms`);
  return result;
}

describe("a header", () => {
  test.each([
    ["spaces in a list of tags", "if-match", `"a",${" ".repeat(HEADER)}x`],
    ["tabs and spaces in turns", "if-none-match", `"a"${" \t".repeat(HEADER / 2)}x`],
    ["commas without tags", "if-match", `${",".repeat(HEADER)}x`],
    ["a tag that does not end", "if-match", `"${"a".repeat(HEADER)}`],
    ["a list without commas", "if-none-match", `""`.repeat(HEADER / 2)],
    ["a key that does not end", "idempotency-key", `"${"a".repeat(HEADER)}`],
    ["a token of digits", "lease-token", "1".repeat(HEADER)],
    ["a media type of slashes", "content-type", "a/".repeat(HEADER / 2)],
    ["a media type of parameters", "content-type", `application/json${";".repeat(HEADER)}`],
    ["an actor of dashes", "kyros-actor", `a${"-".repeat(HEADER)}!`],
    ["codings", "accept-encoding", "gzip;q=,".repeat(HEADER / 8)],
    ["types", "accept", "text/event-stream,".repeat(HEADER / 18)],
    ["a cursor of digits", "last-event-id", "1".repeat(HEADER)],
    ["a request id", "x-request-id", `${"a".repeat(HEADER)}!`],
    ["an origin", "origin", `http://${"a-".repeat(HEADER / 2)}`],
    ["a host", "host", `${"a-".repeat(HEADER / 2)}.localhost!`],
  ])("of %s costs nothing", async (_, name, value) => {
    const { ask } = await openApp();
    const headers = { [name]: value };
    const given = { json: { title: "y" }, headers };
    const statuses = [
      await timed(() => ask("PATCH", "/collab/tasks/T-1", given)),
      await timed(() => ask("GET", "/collab/events/tail?mode=poll&wait_ms=0", { headers })),
      await timed(() => ask("GET", "/console/theme.js", { headers })),
    ].map(({ status }) => status);
    for (const status of statuses) expect(status).toBeLessThan(500);
  });

  test("[H20] a megabyte of spaces in a list of tags is read once", async () => {
    const parsed = await timed(() => parseTags("If-Match", `"a",${" ".repeat(1_000_000)}x`));
    expect(parsed.ok).toBe(false);
  });
});

describe("on a board of 2,000 tasks with 50 labels each", () => {
  let board: TestApp | undefined;

  async function filled(): Promise<TestApp> {
    if (board !== undefined) return board;
    board = await openApp();
    const labels = Array.from({ length: 50 }, (_, index) => `${"x".repeat(60)}${index}`);
    for (let batch = 0; batch < 2; batch += 1) {
      const creates = Array.from({ length: 1_000 }, () => ({ title: "a b c d e", labels }));
      await board.ask("POST", "/collab/tasks/batch", { json: { creates } });
    }
    return board;
  }

  const named = (count: number) =>
    Array.from({ length: count }, (_, index) => `l${index}`).join(",");

  test.each([
    `/collab/tasks?label=${named(100)}`,
    `/collab/tasks?assignee=${named(100)}`,
    `/collab/tasks?q=${"e+".repeat(240)}zzz`,
    `/collab/tasks?page_cursor=${"a".repeat(200)}~2026~T-1`,
    `/collab/events?target=${named(100)}`,
    `/collab/events?event=${named(100)}&actor=${named(100)}&target=${named(100)}`,
    `/collab/events/tail?mode=poll&wait_ms=0&since=2000-01-01T00:00:00Z&target=${named(100)}`,
    `/collab/events?since=${"9".repeat(190)}.00000000`,
    `/collab/state/tasks?at=${"1".repeat(199)}`,
  ])("%.60s… is answered in time", async (path) => {
    const { ask } = await filled();
    const { status } = await timed(() => ask("GET", path));
    expect([200, 400, 410, 422]).toContain(status);
  });

  test.each([
    `/collab/tasks?label=${named(101)}`,
    `/collab/tasks?label=${"l&label=".repeat(1_500)}l`,
    `/collab/events?target=${named(101)}`,
    `/collab/events/tail?mode=poll&actor=${named(101)}`,
  ])("[H16] %.60s… names more than a hundred: 422", async (path) => {
    const { ask } = await filled();
    expect((await timed(() => ask("GET", path))).status).toBe(422);
  });

  test("[H16] the filter of a human log names at most a hundred as well", async () => {
    const { ask } = await filled();
    const json = { target: Array.from({ length: 101 }, () => "x") };
    expect((await ask("POST", "/collab/events/log", { json })).status).toBe(422);
  });
});

describe("globs", () => {
  const SLOW = `path:${"*a".repeat(240)}`;

  test("[L8] a thousand paths beside patterns made to be slow keep nobody else waiting", async () => {
    const { ask } = await openApp();
    for (let index = 0; index < 5; index += 1) {
      const json = { resource: `${SLOW}${index}`, holder: "agent-1", mode: "shared" };
      expect((await timed(() => ask("POST", "/collab/leases/acquire", { json }))).status).toBe(201);
    }
    const paths = Array.from({ length: 15 }, (_, index) => `${"a".repeat(480)}${index}`);
    const checking = ask("POST", "/collab/leases/check", { json: { paths, holder: "agent-2" } });
    let turns = 0;
    const isDone = checking.then(() => true);
    do {
      await timed(() => ask("GET", "/healthz"));
      turns += 1;
    } while (!(await Promise.race([isDone, sleep(1).then(() => false)])));
    expect((await checking).status).toBe(200);
    expect(turns).toBeGreaterThan(3);
  });
});

describe("a body", () => {
  const patch = (json: unknown): Ask => ({
    json,
    type: "application/json-patch+json",
    headers: { "if-match": "*" },
  });

  test.each([
    ["copies into itself", { op: "copy", from: "/labels", path: "/labels/-" }],
    ["copies of what is long", { op: "copy", from: "/description", path: "/dod/-" }],
    ["moves from end to end", { op: "move", from: "/labels/49", path: "/labels/0" }],
    ["tests of the whole", { op: "test", path: "", value: {} }],
  ])("of a thousand %s is answered in time", async (_, operation) => {
    const { ask } = await openApp();
    const labels = Array.from({ length: 50 }, (_each, index) => `l${index}`);
    const json = { id: "T-1", title: "x", labels, description: "x".repeat(200_000) };
    await ask("POST", "/collab/tasks", { json });
    const operations = Array.from({ length: 1_000 }, () => operation);
    const { status } = await timed(() => ask("PATCH", "/collab/tasks/T-1", patch(operations)));
    expect([200, 409, 422]).toContain(status);
  });

  test.each([
    ["brackets that do not end", "[".repeat(1_000_000)],
    ["a text that does not end", `{"title":"${String.raw`\"`.repeat(500_000)}`],
    ["a number without end", `{"title":${"1".repeat(1_000_000)}}`],
    ["one name a hundred thousand times", `{${'"title":"x",'.repeat(80_000)}"title":"x"}`],
    ["names that differ", `{${Array.from({ length: 80_000 }, (_, at) => `"${at}":1`).join()}}`],
  ])("of %s is answered in time", async (_, body) => {
    const { ask } = await openApp();
    const { status } = await timed(() => ask("POST", "/collab/tasks", { body }));
    expect([201, 400, 422]).toContain(status);
  });
});

test("ids of a million digits are compared once over", async () => {
  const zeros = "0".repeat(1_000_000);
  expect(await timed(() => compareIds(`A-${zeros}1`, `A-${zeros}2`))).toBeLessThan(0);
});
