/** A commit of somebody else's can bring links. Nothing of ours is written or read to where they lead. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createManualClock } from "../kernel/clock.ts";
import { kinds } from "../kinds.ts";
import { createArtifactFiles } from "./artifact-files.ts";
import { createHumanLogFile } from "./human-log-file.ts";
import { openFileStore } from "./open-file-store.ts";
import { realDisk } from "./disk.ts";
import { accept } from "./port.ts";
import { isUnused, scaffold } from "./scaffold.ts";
import { setTitle } from "./testing/records.ts";

const SECRET = "not a word of this\n";

let parent: string;
let folder: string;
let outside: string;
let secret: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "kyros-links-"));
  folder = join(parent, "board");
  outside = join(parent, "outside");
  secret = join(outside, "secret");
  for (const path of [folder, outside]) mkdirSync(path);
  writeFileSync(secret, SECRET);
});
afterEach(() => rmSync(parent, { recursive: true }));

const open = () => openFileStore({ folder, kinds, clock: createManualClock() });

/** Puts a link where the board expects something of its own. */
function plant(name: string, target: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  symlinkSync(target, join(folder, name));
}

function expectNothingOutside(): void {
  expect(readdirSync(outside)).toEqual(["secret"]);
  expect(readFileSync(secret, "utf8")).toBe(SECRET);
}

test.each(["state", "events", ".kyros"])(
  "a folder %s that is a link stops the start, with a word that says which",
  async (name) => {
    plant(name, outside);
    await expect(open()).rejects.toThrow(join(folder, name));
    await expect(open()).rejects.toThrow(/none is followed/);
    expectNothingOutside();
  },
);

test("a log that is a link stops the start: nothing is appended to where it leads", async () => {
  plant("events/events.jsonl", secret);
  await expect(open()).rejects.toThrow(/events\.jsonl.*none is followed/);
  expectNothingOutside();
});

test("[S11] a state file that is a link is left alone, and what it leads to is not told", async () => {
  plant("state/tasks.json", secret);
  const store = await open();
  const health = JSON.stringify(await store.health());
  expect(health).toContain("this is a link");
  expect(health).not.toContain("not a word");
  await store.close();
  expect(lstatSync(join(folder, "state/tasks.json")).isSymbolicLink()).toBe(true);
  expectNothingOutside();
});

test("a device in place of a state file is not read for ever", async () => {
  plant("state/tasks.json", "/dev/zero");
  const store = await open();
  expect(JSON.stringify(await store.health())).toContain("this is a link");
  await store.close();
});

test.each([".kyros/instance.json", ".kyros/checkpoint.json"])(
  "the server's own note %s is never written through a link",
  async (name) => {
    plant(name, secret);
    const store = await open();
    await store.commit(() => accept(() => null, [{ event: "said", target: "" }]), { actor: "a" });
    store.announce("http://127.0.0.1:1");
    await store.close();
    expect(readFileSync(secret, "utf8")).toBe(SECRET);
    expectNothingOutside();
  },
);

test.each(["logs", "logs/log.md"])(
  "the human log is not appended through a link: %s",
  async (name) => {
    plant(name, name === "logs" ? outside : secret);
    await expect(createHumanLogFile(folder).append("$(reboot)\n")).rejects.toThrow(/ELOOP/);
    expectNothingOutside();
  },
);

test.each(["artifacts", "artifacts/T-1"])("no artifact leaves by a link: %s", async (name) => {
  plant(name, outside);
  await expect(createArtifactFiles(folder).write("artifacts/T-1/a.patch", "x")).rejects.toThrow(
    /artifacts\/T-1\/a\.patch cannot be written/,
  );
  expectNothingOutside();
});

test("the collaboration folder itself may be a link: whoever starts the server chose it", async () => {
  const link = join(parent, "link");
  symlinkSync(folder, link);
  expect(isUnused(link)).toBe(true);
  scaffold(link);
  const store = await openFileStore({ folder: link, kinds, clock: createManualClock() });
  await store.close();
  expect(existsSync(join(folder, "state/tasks.json"))).toBe(true);
});

test("nothing that is made can be written by others, even where the process has no mask", async () => {
  const mask = process.umask(0);
  try {
    rmSync(folder, { recursive: true });
    scaffold(folder);
    const store = await open();
    await setTitle(store, "T-1", "Buy milk");
    store.announce("http://127.0.0.1:1");
    await createHumanLogFile(folder).append("x\n");
    await createArtifactFiles(folder).write("artifacts/T-1/a.patch", "x");
    await store.close();
  } finally {
    process.umask(mask);
  }
  const made = readdirSync(folder, { recursive: true, encoding: "utf8" });
  expect(made.length).toBeGreaterThan(10);
  const writable = made.filter((name) => (statSync(join(folder, name)).mode & 0o022) !== 0);
  expect(writable).toEqual([]);
});

test("what is closed to others stays closed when it is replaced", async () => {
  const store = await open();
  const path = join(folder, "state/tasks.json");
  chmodSync(path, 0o600);
  const { inode } = realDisk.stamp(path) ?? {};
  await setTitle(store, "T-1", "Buy milk");
  await store.close();
  expect(realDisk.stamp(path)?.inode).not.toBe(inode);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
