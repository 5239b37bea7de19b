import { expect, it } from "vitest";
import { toActorId } from "./identity.ts";

it("a name becomes an id that the API takes, or nothing", () => {
  expect(toActorId("Ada Lovelace")).toBe("ada-lovelace");
  expect(toActorId("  Zoë  ")).toBe("zoe");
  expect(toActorId("grace@navy.mil")).toBe("grace@navy.mil");
  expect(toActorId("—")).toBeUndefined();
  expect(toActorId("x".repeat(80))).toHaveLength(64);
});
