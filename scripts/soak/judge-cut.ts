/** Whether a power cut took back what somebody had been told. */
import type { KyrosEvent } from "#contracts/event";
import { writtenBy } from "../log.ts";
import type { Grant } from "./judge-leases.ts";
import type { Attempt } from "./judge-records.ts";
import type { Said } from "./judge-tails.ts";
import type { Verdict } from "./verdict.ts";

/** All that was known to anybody when the power went. */
export interface Known {
  readonly attempts: readonly Attempt[];
  readonly grants: readonly Grant[];
  readonly said: readonly Said[];
}

/** @param log as it stands on what is left of the disk */
export function judgeCut({ attempts, grants, said }: Known, log: readonly KyrosEvent[]): Verdict {
  const etags = new Set(
    log.flatMap(writtenBy).map(({ id, version, hash }) => `${id} "${version}-${hash}"`),
  );
  const tokens = new Set(log.map(({ details }) => details["fencing_token"]));
  const ids = new Set(log.map(({ id }) => id));
  const told = new Set(said.flatMap((word) => (word.what === "events" ? word.ids : [])));
  const answers = new Set(
    attempts.flatMap(({ id, etag }) => (etag === undefined ? [] : [`${id} ${etag}`])),
  );
  return {
    claim: `${answers.size} versions, ${grants.length} leases and ${told.size} events that were known when the power went are on the disk`,
    seen: answers.size + told.size,
    wrong: [
      ...[...answers].filter((answer) => !etags.has(answer)),
      ...grants.filter(({ token }) => !tokens.has(token)).map(({ token }) => `token ${token}`),
      ...[...told].filter((id) => !ids.has(id)).map((id) => `event ${id}`),
    ].map((each) => `${each} is gone`),
  };
}
