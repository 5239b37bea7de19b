/**
 * RFC 9110 section 13 as a table: every combination of what a client may say about the state it saw,
 * by method, for a record that exists and one that does not.
 *
 * Two lines of the API's own rules stand above the RFC here: PATCH and DELETE require If-Match (428),
 * and If-Match on a record that does not exist fails (412) rather than being ignored (404).
 */
import { describe, expect, test } from "vitest";
import { openApp, type TestApp } from "./testing/client.ts";

const GIVEN = [
  "none",
  "*",
  "match",
  "other",
  "weak match",
  "list",
  "list with match",
  "unquoted",
  "* with a tag",
] as const;
type Given = (typeof GIVEN)[number];

function field(given: Given, etag: string): string | undefined {
  const fields: Record<Given, string | undefined> = {
    none: undefined,
    "*": "*",
    match: etag,
    other: '"1-other"',
    "weak match": `W/${etag}`,
    list: '"1-other", W/"2-other"',
    "list with match": `"1-other", ${etag}`,
    unquoted: etag.replaceAll('"', ""),
    "* with a tag": `*, ${etag}`,
  };
  return fields[given];
}

type Verdict = "absent" | "unreadable" | "matches" | "differs";

function judge(given: Given, strongly: boolean): Verdict {
  if (given === "none") return "absent";
  if (given === "unquoted" || given === "* with a tag") return "unreadable";
  if (given === "weak match") return strongly ? "differs" : "matches";
  return given === "other" || given === "list" ? "differs" : "matches";
}

/** The RFC, written a second time and independently of the code: sections 13.1.1, 13.1.2, 13.2.2. */
function expected(
  method: string,
  exists: boolean,
  ifMatch: Given,
  ifNoneMatch: Given,
  success: number,
): number {
  const match = judge(ifMatch, true);
  const noneMatch = judge(ifNoneMatch, false);
  if (!exists && match === "absent") return 404;
  if ([match, noneMatch].includes("unreadable")) return 400;
  if (["PATCH", "DELETE"].includes(method) && match === "absent") return 428;
  if (!exists || match === "differs") return 412;
  if (noneMatch !== "matches") return success;
  return ["GET", "HEAD"].includes(method) ? 304 : 412;
}

interface Row {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  readonly success: number;
}

const METHODS: readonly Row[] = [
  { method: "GET", path: "", success: 200 },
  { method: "HEAD", path: "", success: 200 },
  { method: "PATCH", path: "", json: { title: "Two" }, success: 200 },
  { method: "DELETE", path: "", success: 204 },
  { method: "POST", path: "/transition", json: { to: "claimed" }, success: 200 },
];

/** A table of reads can share one board: nothing in it changes. */
const shared = { true: lazily(() => withTask(true)), false: lazily(() => withTask(false)) };

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function withTask(exists: boolean): Promise<{ board: TestApp; etag: string }> {
  const board = await openApp();
  if (!exists) return { board, etag: '"1-gone"' };
  const json = { id: "T-1", title: "One" };
  const created = await board.ask("POST", "/collab/tasks", { json });
  return { board, etag: created.headers.get("etag") ?? "" };
}

describe.each(METHODS)("$method /collab/tasks/T-1$path", ({ method, path, json, success }) => {
  describe.each([true, false])("when it exists: %s", (exists) => {
    const combinations = GIVEN.flatMap((match) => GIVEN.map((none) => [match, none] as const));

    test.each(combinations)("[H21] If-Match: %s, If-None-Match: %s", async (match, none) => {
      const reads = method === "GET" || method === "HEAD";
      const { board, etag } = await (reads ? shared[`${exists}`]() : withTask(exists));
      const told = await board.ask(method, `/collab/tasks/T-1${path}`, {
        json,
        headers: { "if-match": field(match, etag), "if-none-match": field(none, etag) },
      });
      expect(told.status).toBe(expected(method, exists, match, none, success));
    });
  });
});

describe("a whole collection", () => {
  const combinations = GIVEN.flatMap((match) => GIVEN.map((none) => [match, none] as const));

  test.each(combinations)("[H21] If-Match: %s, If-None-Match: %s", async (match, none) => {
    const { board } = await shared.true();
    const etag = (await board.ask("HEAD", "/collab/state/tasks")).headers.get("etag") ?? "";
    const told = await board.ask("GET", "/collab/state/tasks", {
      headers: { "if-match": field(match, etag), "if-none-match": field(none, etag) },
    });
    expect(told.status).toBe(expected("GET", true, match, none, 200));
  });

  test("[H22] its tag guards a record, until anything in the collection changes", async () => {
    const { board } = await withTask(true);
    const headers = { "if-match": (await board.ask("GET", "/collab/state/tasks")).at("/etag") };
    const patch = (title: string) =>
      board.ask("PATCH", "/collab/tasks/T-1", {
        json: { title },
        headers: { "if-match": String(headers["if-match"]) },
      });
    expect((await patch("Two")).status).toBe(200);
    expect((await patch("Three")).status).toBe(412);
  });
});

describe("answers", () => {
  test("[H20] several header lines are one list", async () => {
    const { board, etag } = await withTask(true);
    const headers = new Headers();
    headers.append("if-none-match", '"1-other"');
    headers.append("if-none-match", etag);
    const response = await board.app.request("/collab/tasks/T-1", { headers });
    expect(response.status).toBe(304);
  });

  test("[H21] dates are ignored", async () => {
    const { board } = await withTask(true);
    const headers = {
      "if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT",
      "if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT",
    };
    expect((await board.ask("GET", "/collab/tasks/T-1", { headers })).status).toBe(200);
  });

  test.each(["/collab/tasks/T-1", "/collab/state/tasks", "/collab/workflow", "/openapi.json"])(
    "[H23] 304 on %s has the headers of the 200 and no body",
    async (path) => {
      const { board } = await withTask(true);
      const full = await board.ask("GET", path);
      const etag = full.headers.get("etag") ?? "";
      const known = await board.ask("GET", path, { headers: { "if-none-match": etag } });
      expect(known.status).toBe(304);
      expect(known.text).toBe("");
      expect(known.headers.get("etag")).toBe(etag);
      expect(known.headers.get("cache-control")).toBe(full.headers.get("cache-control"));
      expect(known.headers.get("content-type")).toBeNull();
    },
  );

  test("[H24] 428 is not cached and shows the header to send", async () => {
    const { board, etag } = await withTask(true);
    const told = await board.ask("PATCH", "/collab/tasks/T-1", { json: { title: "Two" } });
    expect(told.json).toMatchObject({ code: "precondition-required" });
    expect(told.headers.get("cache-control")).toBe("no-store");
    expect(told.at("/detail")).toContain(`If-Match: ${etag}`);
  });

  test("[H25] 412 carries what is needed to merge and send again", async () => {
    const { board, etag } = await withTask(true);
    const patch = (title: string, ifMatch: string, actor: string) =>
      board.ask("PATCH", "/collab/tasks/T-1", {
        json: { title },
        headers: { "if-match": ifMatch, "kyros-actor": actor },
      });
    const first = await patch("Two", etag, "agent-1");
    const second = await patch("Three", etag, "agent-2");
    expect(second.json).toMatchObject({
      code: "precondition-failed",
      current: { id: "T-1", title: "Two", version: 2 },
      current_etag: first.headers.get("etag"),
      changed_by: "agent-1",
    });
    expect(second.at("/changed_at")).toBe(first.at("/task/updated_at"));
    expect(second.at("/changed_fields")).toContain("title");
    expect(second.at("/event_id")).toMatch(/^[0-9a-f-]{36}$/);
    const again = await patch("Three", String(second.at("/current_etag")), "agent-2");
    expect(again.status).toBe(200);
  });
});
