/** The board as it is in a commit, or in the working tree. */
import { join } from "node:path";
import type { Kind, RecordOf } from "#contracts/state";
import type { Instant } from "../kernel/instant.ts";
import { kinds } from "../kinds.ts";
import { errorCode, realDisk } from "../store/disk.ts";
import { parseDocument, type Document } from "../store/document.ts";
import type { KindDefinition } from "../store/kind.ts";
import type { Records } from "./board-diff.ts";
import { git } from "./git.ts";
import { toFields } from "./three-way.ts";

/** A state that cannot be shown; the text says why. */
export class NoSuchState extends Error {
  override readonly name = "NoSuchState";
}

/**
 * @param revision anything git knows a commit by; undefined for the files as they are.
 * @throws NoSuchState
 */
export async function readBoard(
  folder: string,
  revision: string | undefined,
  now: Instant,
): Promise<Records> {
  if (revision !== undefined) assertCommit(folder, revision);
  const read = <K extends Kind>(definition: KindDefinition<K>) =>
    readKind(folder, revision, definition, now);
  return {
    tasks: await read(kinds.tasks),
    agents: await read(kinds.agents),
    locks: await read(kinds.locks),
  };
}

function assertCommit(folder: string, revision: string): void {
  const asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  const { ok, complaint } = git(folder, asked);
  if (ok) return;
  throw new NoSuchState(
    complaint === "" ? `git knows no commit ${revision}. See: git log --oneline` : complaint,
  );
}

async function readKind<K extends Kind>(
  folder: string,
  revision: string | undefined,
  definition: KindDefinition<K>,
  now: Instant,
): Promise<Records[K]> {
  const path = `state/${definition.file}`;
  const bytes =
    revision === undefined ? await readFile(join(folder, path)) : readBlob(folder, revision, path);
  if (bytes === undefined) return new Map();
  const document: Document<RecordOf[K]> = parseDocument(definition, bytes, { now });
  if (document.ok) {
    return new Map([...document.entries].map(([id, { record }]) => [id, toFields(record)]));
  }
  const { line, column, detail } = document;
  const where = revision === undefined ? path : `${revision}:${path}`;
  throw new NoSuchState(`${where}, line ${line}, column ${column}: ${detail}`);
}

function readBlob(folder: string, revision: string, path: string): Buffer | undefined {
  const listed = git(folder, ["ls-tree", "--name-only", "--end-of-options", revision, "--", path]);
  if (listed.text === "") return undefined;
  const { ok, bytes, complaint } = git(folder, [
    "show",
    "--end-of-options",
    `${revision}:./${path}`,
  ]);
  if (!ok) throw new NoSuchState(complaint);
  return bytes;
}

async function readFile(path: string): Promise<Buffer | undefined> {
  try {
    return await realDisk.read(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
