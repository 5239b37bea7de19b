/**
 * What the agents fight for, what each brings home, and what must hold then. The judge trusts nobody:
 * it compares what the agents say with each other, with the board and with the log.
 */
import type { Claim } from "./racer.ts";

export type Fight =
  | { readonly kind: "ready" }
  | { readonly kind: "named"; readonly ids: readonly string[] }
  | { readonly kind: "counter"; readonly id: string; readonly times: number };

export interface Report {
  readonly claims: readonly Claim[];
  readonly written: number;
  readonly retries: number;
  /** Something broke; a lost race is none. */
  readonly failure?: string;
}

export function toFailure(error: unknown): Report {
  const failure = error instanceof Error ? error.message : String(error);
  return { claims: [], written: 0, retries: 0, failure };
}

export interface Verdict {
  readonly what: string;
  readonly wrong: readonly string[];
}

/** Every task was won once; whoever lost one was told so in a way that can be acted on. */
export function judgeClaims(
  ids: readonly string[],
  reports: readonly Report[],
  log: readonly { readonly target: string; readonly actor: string }[],
): Verdict {
  const claims = reports.flatMap((report) => report.claims);
  const won = claims.flatMap((claim) => ("won" in claim ? [claim] : []));
  const wrong = failures(reports);
  for (const id of ids) {
    const winners = won.filter((claim) => claim.won === id).length;
    if (winners !== 1) wrong.push(`${id} was won ${winners} times`);
    const logged = log.filter(({ target }) => target === `task:${id}`).length;
    if (logged !== 1) wrong.push(`the log has ${logged} claims of ${id}`);
  }
  const tokens = new Set(won.map(({ token }) => token));
  if (tokens.size !== won.length) wrong.push("a fencing token was given out twice");
  for (const claim of claims) {
    if ("lost" in claim && !TELLING.has(claim.code)) {
      wrong.push(`who lost ${claim.lost} was told ${claim.code}`);
    }
  }
  return { what: "one winner each", wrong };
}

const TELLING = new Set(["lease-held", "not-holder"]);

/** Every increment that was accepted is in the sum, and in the log. */
export function judgeCounter(
  times: number,
  reports: readonly Report[],
  found: { readonly value: number; readonly updates: number },
): Verdict {
  const wrong = failures(reports);
  const written = reports.reduce((sum, report) => sum + report.written, 0);
  const wanted = times * reports.length;
  if (written !== wanted) wrong.push(`${written} of ${wanted} increments were accepted`);
  if (found.value !== written) wrong.push(`the sum is ${found.value}, not ${written}`);
  if (found.updates !== written) wrong.push(`the log has ${found.updates} updates, not ${written}`);
  return { what: "no lost update", wrong };
}

function failures(reports: readonly Report[]): string[] {
  return reports.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
}
