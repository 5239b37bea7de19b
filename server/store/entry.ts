/** A record with everything that is made of it once and used often. */
import type { Kind, RecordOf } from "#contracts/state";
import { digestMembers, toEtag, toMembers } from "./canonical.ts";
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
  /** The digest of its content, where it is known already. */
  known?: string,
): StoredEntry<RecordOf[K]> {
  const { content, whole } = digestsOf(record, definition.volatile, known);
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

/** Neither looks at the version, which stands beside them. */
function digestsOf(
  record: object,
  volatile: readonly string[],
  known: string | undefined,
): { content: string; whole: string } {
  if (volatile.length === 0 && known !== undefined) return { content: known, whole: known };
  const members = toMembers(record).filter(({ name }) => name !== "version");
  const whole = digestMembers(members);
  if (volatile.length === 0) return { content: whole, whole };
  const lasting = members.filter(({ name }) => !volatile.includes(name));
  return { content: known ?? digestMembers(lasting), whole };
}

function toBlock(id: string, record: object): string {
  const body = JSON.stringify(record, null, 2).replaceAll("\n", "\n    ");
  return `    ${JSON.stringify(id)}: ${body}`;
}
