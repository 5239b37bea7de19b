/** Whether a lease was ever held twice, or ended before its time; times in ms of one shared clock. */
import type { Verdict } from "./verdict.ts";

/** A lease as its holder knows it. */
export interface Grant {
  readonly resource: string;
  readonly holder: string;
  readonly token: number;
  /** Of the request for it, and of the answer. */
  readonly sent: number;
  readonly answered: number;
  /**
   * Until when the holder may count on it: its time to live after it sent the last heartbeat that was
   * answered, or the moment at which it sent off the release.
   */
  readonly until: number;
}

export function judgeLeases(grants: readonly Grant[]): Verdict {
  const wrong: string[] = [];
  let leases = 0;
  for (const [resource, all] of Map.groupBy(grants, (grant) => grant.resource)) {
    const byToken = all.toSorted((a, b) => a.token - b.token || a.answered - b.answered);
    leases += new Set(byToken.map(({ token }) => token)).size;
    for (const [index, grant] of byToken.entries()) {
      const next = byToken[index + 1];
      if (next !== undefined)
        wrong.push(...judgePair(grant, next).map((each) => `${resource}: ${each}`));
    }
  }
  return {
    claim: `${leases} leases, never two of one thing at a time, and tokens that only grow`,
    seen: leases,
    wrong,
  };
}

function judgePair(grant: Grant, next: Grant): string[] {
  if (next.token === grant.token) {
    // Who asks for what it holds already is given the same lease once more.
    if (next.holder === grant.holder) return [];
    return [`${grant.holder} and ${next.holder} both hold token ${grant.token}`];
  }
  if (next.answered < grant.sent) {
    return [`token ${next.token} was given out before token ${grant.token}`];
  }
  // Given at some moment between request and answer: certain only when both lie inside.
  if (next.sent > grant.answered && next.answered < grant.until) {
    const ms = Math.round(grant.until - next.answered);
    return [`${next.holder} got it ${ms} ms before the time of ${grant.holder} was over`];
  }
  return [];
}
