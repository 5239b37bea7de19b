/**
 * A checkpoint spares the next open the reading of a long log. It is a hint: it is used only when the
 * log still begins with exactly the bytes it was made from, and losing it costs nothing but time.
 */
import { join } from "node:path";
import { z } from "zod";
import { KINDS } from "#contracts/state";
import type { Disk } from "./disk.ts";

const checkpointSchema = z.object({
  format: z.literal(1),
  place: z.object({ position: z.int(), offset: z.int(), crc: z.int() }),
  latest: z.number(),
  /** Every event up to the place is applied to the state files: nothing is pending. */
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
  /** Digests of the state files as they were written or read last. */
  files: z.partialRecord(z.enum(KINDS), z.string()),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

const NAME = "checkpoint.json";

export function readCheckpoint(disk: Disk, privateFolder: string): Checkpoint | undefined {
  try {
    const text = disk.readText(join(privateFolder, NAME));
    return text === undefined ? undefined : checkpointSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Not synced: a checkpoint that a power cut spoils does not parse, and is not used. */
export function writeCheckpoint(disk: Disk, privateFolder: string, checkpoint: Checkpoint): void {
  const temporary = join(privateFolder, `${NAME}.new`);
  disk.writeText(temporary, JSON.stringify(checkpoint));
  disk.rename(temporary, join(privateFolder, NAME));
}
