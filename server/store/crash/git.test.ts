/** Git on the folder of a running server: checkout, stash and pull between commits under load. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createClock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import type { FileStore } from "../file-store.ts";
import { openFileStore } from "../open-file-store.ts";
import { StoreFault } from "../port.ts";
import { scaffold } from "../scaffold.ts";
import { allEvents } from "../testing/observe.ts";
import { setTitle } from "../testing/records.ts";
import { differences, newFolder, pause } from "./processes.ts";

function gitIn(folder: string) {
  return (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
}

async function repository() {
  const folder = newFolder();
  scaffold(folder);
  const git = gitIn(folder);
  git("init", "-q", "-b", "main");
  const store = await openFileStore({ folder, kinds, clock: createClock(), watch: true });
  onTestFinished(() => store.close());
  for (const id of ["T-1", "T-2", "T-3"]) await setTitle(store, id, "first");
  git("add", "-A");
  git("commit", "-qm", "first");
  return { folder, git, store };
}

/** Looks at every version and ETag that is ever shown, and complains of what may not be. */
function watchVersions(store: FileStore): () => string[] {
  const complaints: string[] = [];
  const seen = new Map<string, Map<number, string>>();
  const last = new Map<string, number>();
  const look = () => {
    for (const { id, record, etag } of store.read().collection("tasks").entries()) {
      const versions = seen.get(id) ?? new Map<number, string>();
      seen.set(id, versions);
      if ((versions.get(record.version) ?? etag) !== etag)
        complaints.push(`${id}: version ${record.version} twice`);
      if (record.version < (last.get(id) ?? 0)) complaints.push(`${id} fell to ${record.version}`);
      versions.set(record.version, etag);
      last.set(id, record.version);
    }
  };
  const stop = store.events.subscribe(look);
  return () => {
    look();
    stop();
    return complaints;
  };
}

/** Ten writers without haste: a person runs git, and then looks. */
function load(store: FileStore): () => Promise<string[]> {
  const run = { isOn: true };
  const faults: string[] = [];
  const all = Array.from({ length: 10 }, async (_, writer) => {
    for (let turn = 0; run.isOn; turn += 1) {
      try {
        await setTitle(store, `W-${writer}`, `turn ${turn}`);
      } catch (fault) {
        if (!(fault instanceof StoreFault)) throw fault;
        faults.push(fault.code);
      }
      await pause(15);
    }
  });
  return async () => {
    run.isOn = false;
    await Promise.all(all);
    return faults;
  };
}

function titles(store: FileStore): string {
  return ["T-1", "T-2", "T-3"].map((id) => store.read().get("tasks", id)?.record.title).join(" ");
}

async function within(ms: number, isSo: () => boolean): Promise<boolean> {
  const start = performance.now();
  while (!isSo() && performance.now() - start < ms) await pause(10);
  return isSo();
}

describe("[S12] with a server at work", () => {
  test("git checkout of the state files is an edit like any other, again and again", async () => {
    const { git, store, folder } = await repository();
    const versions = watchVersions(store);
    const stop = load(store);
    for (let round = 0; round < 6; round += 1) {
      const stale = store.read().get("tasks", "T-2")?.etag;
      await setTitle(store, "T-2", `changed ${round}`);
      git("checkout", "-q", "HEAD", "--", "state");
      expect(await within(2_000, () => titles(store) === "first first first")).toBe(true);
      expect(store.read().get("tasks", "T-2")?.etag).not.toBe(stale);
    }
    await stop();
    expect(versions()).toEqual([]);
    await store.close();
    expect(await differences(folder)).toEqual([]);
  });

  test("git stash takes changes away and brings them back", async () => {
    const { git, store, folder } = await repository();
    const versions = watchVersions(store);
    await setTitle(store, "T-1", "mine");
    git("stash", "push", "-q", "--", "state");
    expect(await within(2_000, () => titles(store) === "first first first")).toBe(true);
    // The server has written the files since, as it should: they are put back before the stash is.
    git("checkout", "-q", "HEAD", "--", "state");
    git("stash", "pop", "-q");
    expect(await within(2_000, () => titles(store) === "mine first first")).toBe(true);
    expect(versions()).toEqual([]);
    await store.close();
    expect(await differences(folder)).toEqual([]);
  });

  test("git checkout of another branch, log and all: readers are told, and no version is given twice", async () => {
    const { git, store, folder } = await repository();
    const versions = watchVersions(store);
    const resets: unknown[] = [];
    store.events.subscribe((reason) => reason !== undefined && resets.push(reason));
    git("checkout", "-q", "-b", "other");
    await setTitle(store, "T-1", "other");
    await setTitle(store, "T-9", "new there");
    git("commit", "-qam", "other");
    git("checkout", "-q", "main");
    expect(await within(3_000, () => titles(store) === "first first first")).toBe(true);
    expect(await within(2_000, () => store.read().get("tasks", "T-9") === undefined)).toBe(true);
    expect(resets.length).toBeGreaterThan(0);
    await setTitle(store, "T-1", "main");
    git("commit", "-qam", "main");
    git("checkout", "-q", "other");
    expect(await within(3_000, () => titles(store) === "other first first")).toBe(true);
    expect(store.read().get("tasks", "T-9")?.record.title).toBe("new there");
    expect(versions()).toEqual([]);
    await store.close();
    expect(await differences(folder)).toEqual([]);
  });

  test("git pull merges what two boards did apart: lines of both logs, records of both", async () => {
    const { git, store, folder } = await repository();
    const elsewhere = newFolder();
    const theirs = gitIn(elsewhere);
    theirs("clone", "-q", folder, ".");
    const other = await openFileStore({ folder: elsewhere, kinds, clock: createClock() });
    await setTitle(other, "T-3", "theirs");
    await setTitle(other, "T-8", "theirs too");
    await other.close();
    theirs("commit", "-qam", "theirs");

    const versions = watchVersions(store);
    await setTitle(store, "T-1", "ours");
    await setTitle(store, "A-1", "ours too");
    git("commit", "-qam", "ours");
    git("pull", "-q", "--no-rebase", "--no-edit", elsewhere, "main");
    expect(await within(3_000, () => titles(store) === "ours first theirs")).toBe(true);
    expect(store.read().get("tasks", "T-8")?.record.title).toBe("theirs too");
    expect(store.read().get("tasks", "A-1")?.record.title).toBe("ours too");
    const lines = (await allEvents(store)).map(({ line }) => line).join("\n");
    for (const title of ["ours", "ours too", "theirs", "theirs too"])
      expect(lines).toContain(`"${title}"`);
    expect(versions()).toEqual([]);
    await store.close();
    expect(await differences(folder)).toEqual([]);
  });

  test("[S11] a pull that ends in a conflict leaves a file to mend, and a board that goes on", async () => {
    const { git, store, folder } = await repository();
    const elsewhere = newFolder();
    const theirs = gitIn(elsewhere);
    theirs("clone", "-q", folder, ".");
    const other = await openFileStore({ folder: elsewhere, kinds, clock: createClock() });
    await setTitle(other, "T-2", "theirs");
    await other.close();
    theirs("commit", "-qam", "theirs");
    await setTitle(store, "T-2", "ours");
    git("commit", "-qam", "ours");
    expect(() => git("pull", "-q", "--no-rebase", "--no-edit", elsewhere, "main")).toThrow("");

    const tasks = join(folder, "state/tasks.json");
    const conflict = readFileSync(tasks, "utf8");
    expect(conflict).toContain("<<<<<<<");
    await expect(setTitle(store, "T-1", "x")).rejects.toMatchObject({ code: "state-invalid" });
    expect(titles(store)).toBe("first ours first");
    expect(readFileSync(tasks, "utf8")).toBe(conflict);
    writeFileSync(
      tasks,
      conflict.replace(/<<<<<<< .*\n([\s\S]*?)=======\n[\s\S]*?>>>>>>> .*\n/g, "$1"),
    );
    expect(await within(2_000, () => titles(store) === "first ours first")).toBe(true);
    expect(await setTitle(store, "T-1", "on")).toMatchObject({ ok: true });
    await store.close();
    expect(await differences(folder)).toEqual([]);
  });
});
