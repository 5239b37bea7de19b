/** A record with everything that is made of it once and used often. */
import type { Kind, RecordOf } from "#contracts/state";
import { digest, toEtag } from "./canonical.ts";
import type { KindDefinition } from "./kind.ts";
import type { Entry } from "./port.ts";

export interface StoredEntry<R> extends Entry<R> {
  readonly id: string;
  readonly version: number;
  /** Digest without version and volatile fields: what the log vouches for, and edits are judged by. */
  readonly content: string;
  /** The lines of the state file, `"id": {…}` without indentation of the first and a comma. */
  block(): string;
}

export function createEntry<K extends Kind>(
  definition: KindDefinition<K>,
  id: string,
  record: RecordOf[K],
  /** Where it is known already. */
  content: string = digest(omit(record, ["version", ...definition.volatile])),
): StoredEntry<RecordOf[K]> {
  const whole = definition.volatile.length === 0 ? content : digest(omit(record, ["version"]));
  let json: string | undefined;
  let block: string | undefined;
  return {
    id,
    record,
    version: record.version,
    content,
    etag: toEtag(record.version, whole),
    json: () => (json ??= JSON.stringify(record)),
    block: () => (block ??= toBlock(id, record)),
  };
}

function toBlock(id: string, record: object): string {
  const body = JSON.stringify(record, null, 2).replaceAll("\n", "\n    ");
  return `    ${JSON.stringify(id)}: ${body}`;
}

function omit(record: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
