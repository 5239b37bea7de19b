/**
 * Whether compare-and-set was linearizable (Herlihy and Wing, 1990), record by record.
 *
 * In general that needs a search over orders. Here the versions of a record, as the log has them, are
 * the only order there can be, so it is enough that every answer fits into it: a write stands right
 * behind the version it named, nobody saw what is not in the log, and what was answered before another
 * request was sent comes before what that one did or saw.
 */
import type { KyrosEvent } from "#contracts/event";
import { writtenBy } from "../log.ts";
import type { Verdict } from "./verdict.ts";

/** One request about one task, and the times of a clock that all clients share, in ms. */
export interface Attempt {
  readonly client: string;
  readonly id: string;
  readonly sent: number;
  /** When the answer was there. */
  readonly answered: number;
  /** What a write named; a read names nothing. */
  readonly ifMatch?: string;
  /** What a read saw, or a write made; none when it was refused with 412. */
  readonly etag?: string;
}

/** By record: the ETags of its versions, the first one at index 1. */
type Chains = ReadonlyMap<string, readonly string[]>;

function chainsOf(log: readonly KyrosEvent[], wrong: string[]): Chains {
  const chains = new Map<string, string[]>();
  for (const { kind, id, version, hash } of log.flatMap(writtenBy)) {
    if (kind !== "tasks") continue;
    const chain = chains.get(id) ?? [""];
    if (version !== chain.length)
      wrong.push(`${id}: version ${version} stands behind ${chain.length - 1}`);
    chain[version] = `"${version}-${hash}"`;
    chains.set(id, chain);
  }
  return chains;
}

/** -1 when it is none of them. */
function versionIn(chain: readonly string[], etag: string): number {
  const version = Number(etag.slice(1, etag.indexOf("-")));
  return chain[version] === etag ? version : -1;
}

export function judgeRecords(attempts: readonly Attempt[], log: readonly KyrosEvent[]): Verdict {
  const wrong: string[] = [];
  const chains = chainsOf(log, wrong);
  const makers = new Map<string, Attempt>();
  for (const attempt of attempts) {
    const { id, ifMatch, etag, client } = attempt;
    if (etag === undefined) continue;
    const chain = chains.get(id) ?? [];
    const version = versionIn(chain, etag);
    if (version === -1) {
      wrong.push(`${client} was shown ${id} ${etag}, which the log does not know`);
    } else if (ifMatch !== undefined) {
      if (chain[version - 1] !== ifMatch)
        wrong.push(`${client} changed ${id} ${ifMatch} to ${etag}, which stands elsewhere`);
      const other = makers.get(`${id} ${etag}`);
      if (other !== undefined)
        wrong.push(`${client} and ${other.client} were both told to have made ${id} ${etag}`);
      makers.set(`${id} ${etag}`, attempt);
    }
  }
  wrong.push(...judgeRefusals(attempts, chains, makers), ...judgeOrder(attempts, chains));
  return {
    claim: `${attempts.length} reads and writes fit into one order of each record`,
    seen: makers.size,
    wrong,
  };
}

/** A 412 is right when the version it named was not the newest at some moment before the answer. */
function judgeRefusals(
  attempts: readonly Attempt[],
  chains: Chains,
  makers: ReadonlyMap<string, Attempt>,
): string[] {
  const wrong: string[] = [];
  for (const { id, ifMatch, etag, client, answered } of attempts) {
    if (etag !== undefined || ifMatch === undefined) continue;
    const chain = chains.get(id) ?? [];
    const next = chain[versionIn(chain, ifMatch) + 1];
    const isNewest = next === undefined || (makers.get(`${id} ${next}`)?.sent ?? 0) > answered;
    if (isNewest) wrong.push(`${client} was refused ${id} ${ifMatch}, which was the newest`);
  }
  return wrong;
}

/** What was known to somebody before a request was sent is the least that this one can lead to. */
function judgeOrder(attempts: readonly Attempt[], chains: Chains): string[] {
  const wrong: string[] = [];
  for (const [id, all] of Map.groupBy(attempts, (attempt) => attempt.id)) {
    const chain = chains.get(id) ?? [];
    const told = all
      .flatMap(({ etag, ...rest }) =>
        etag === undefined ? [] : [{ ...rest, version: versionIn(chain, etag) }],
      )
      .toSorted((a, b) => a.sent - b.sent);
    const byAnswer = told.toSorted((a, b) => a.answered - b.answered);
    let known = 0;
    let upTo = 0;
    for (const { sent, version, ifMatch, client } of told) {
      for (
        let next = byAnswer[upTo];
        next !== undefined && next.answered < sent;
        next = byAnswer[upTo]
      ) {
        known = Math.max(known, next.version);
        upTo += 1;
      }
      const isBehind = ifMatch === undefined ? version < known : version <= known;
      if (isBehind && version !== -1) {
        wrong.push(
          `${client} was given ${id} version ${version} when version ${known} was known already`,
        );
      }
    }
  }
  return wrong;
}
