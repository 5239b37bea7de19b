import { expect, it } from "vitest";
import { asCli, asCurl, asMcp } from "./copy-as.ts";

it("a task can be read elsewhere: by curl, on the command line, as a tool", () => {
  expect(asCurl("http://127.0.0.1:8000", "T-7")).toBe(
    "curl -s http://127.0.0.1:8000/collab/tasks/T-7",
  );
  expect(asCli("T-7")).toBe("kyros task show T-7");
  expect(asMcp("T-7")).toBe(
    '{"method":"tools/call","params":{"name":"task_get","arguments":{"id":"T-7"}}}',
  );
});
