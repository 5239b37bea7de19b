/**
 * A checkpoint spares the next open the reading of a long log. It is a hint: it is used only when the
 * log still begins with exactly the bytes it was made from, and losing it costs nothing but time.
 */
import { hash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { KINDS, type Kind } from "#contracts/state";
import type { Disk } from "./disk.ts";
import type { Memory } from "./idempotency.ts";
import type { Journal } from "./journal.ts";
import { nameOf } from "./ledger.ts";
import type { Snapshot } from "./snapshot.ts";

const placeSchema = z.object({ position: z.int(), offset: z.int(), crc: z.int() });
const countSchema = z.string().regex(/^\d+$/).transform(BigInt);

const checkpointSchema = z.object({
  format: z.literal(2),
  /** Every event up to here is applied to the state files: nothing is pending. */
  place: placeSchema,
  /** The files of the log up to there. */
  segments: z.array(
    z.object({
      start: placeSchema,
      stamp: z.object({ inode: countSchema, size: countSchema, mtimeNs: countSchema }),
    }),
  ),
  latest: z.number(),
  lift: z.int(),
  blocks: z.array(z.tuple([z.int(), z.int(), z.int(), z.number()])),
  records: z.record(z.string(), z.tuple([z.int(), z.string().nullable()])),
  revisions: z.partialRecord(z.enum(KINDS), z.int()),
  answers: z.array(
    z.object({
      key: z.string(),
      actor: z.string(),
      fingerprint: z.string(),
      value: z.unknown(),
      at: z.number(),
      eventIds: z.array(z.string()),
    }),
  ),
  /** Digests of the state files as this store writes them. */
  files: z.partialRecord(z.enum(KINDS), z.string()),
});

export type Checkpoint = z.output<typeof checkpointSchema>;

const NAME = "checkpoint.json";

/** To be called between batches: the log and the files then say the same. */
export function checkpointOf(
  snapshot: Snapshot,
  journal: Journal,
  lastVersions: ReadonlyMap<string, number>,
  memory: Memory,
): z.input<typeof checkpointSchema> {
  const gone = [...lastVersions].map(([name, version]) => [name, [version, null]] as const);
  const living = KINDS.flatMap((kind) =>
    [...snapshot.collection(kind).entries()].map(
      ({ id, version, content }) => [nameOf(kind, id), [version, content]] as const,
    ),
  );
  return {
    format: 2,
    place: journal.end,
    segments: journal.segments.map(({ start, stamp: { inode, size, mtimeNs } }) => ({
      start,
      stamp: { inode: `${inode}`, size: `${size}`, mtimeNs: `${mtimeNs}` },
    })),
    latest: journal.latest,
    lift: snapshot.lift,
    blocks: journal.index.blocks.map((at) => [at.position, at.offset, at.crc, at.latest]),
    records: Object.fromEntries<[number, string | null]>([...gone, ...living].map(copied)),
    revisions: eachKind((kind) => snapshot.collection(kind).revision - snapshot.lift),
    answers: [...memory.values()].map((answer) => ({ ...answer, eventIds: [...answer.eventIds] })),
    files: eachKind((kind) => digestOfFile(snapshot, kind)),
  };
}

function copied([name, [version, content]]: readonly [string, readonly [number, string | null]]): [
  string,
  [number, string | null],
] {
  return [name, [version, content]];
}

function eachKind<T>(make: (kind: Kind) => T): Partial<Record<Kind, T>> {
  return Object.fromEntries(KINDS.map((kind) => [kind, make(kind)]));
}

function digestOfFile(snapshot: Snapshot, kind: Kind): string {
  const pieces = snapshot.collection(kind).toFile(kind);
  return hash("sha256", Buffer.concat(pieces), "base64url");
}

export function readCheckpoint(disk: Disk, privateFolder: string): Checkpoint | undefined {
  try {
    const text = disk.readText(join(privateFolder, NAME));
    return text === undefined ? undefined : checkpointSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Never throws: without it the next open takes longer, no more. Not synced: a checkpoint that a power
 * cut spoils does not parse, and is not used.
 */
export function writeCheckpoint(
  disk: Disk,
  privateFolder: string,
  checkpoint: ReturnType<typeof checkpointOf>,
): void {
  const temporary = join(privateFolder, `${NAME}.new`);
  try {
    disk.writeText(temporary, JSON.stringify(checkpoint));
    disk.rename(temporary, join(privateFolder, NAME));
  } catch {
    removeIfThere(disk, temporary);
  }
}

function removeIfThere(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch {
    // It was never made.
  }
}
