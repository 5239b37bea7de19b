/** One agent, a process of its own: enters by its door, then fights when it is told to. */
import { backoffMs } from "../../server/kernel/backoff.ts";
import { sleep } from "../../server/kernel/timers.ts";
import { toFailure, type Fight, type Report } from "./fight.ts";
import { enter } from "./enter.ts";
import type { Racer, Where } from "./racer.ts";

const racer = await enter(JSON.parse(process.argv[2] ?? "") as Where);

process.on("message", (fight: Fight | "leave") => {
  void (fight === "leave" ? leave() : fightOut(fight));
});
// Nobody is left to report to.
process.on("disconnect", () => process.exit());
process.send?.("entered");

async function fightOut(fight: Fight): Promise<void> {
  try {
    process.send?.(await take(fight, racer));
  } catch (error) {
    process.send?.(toFailure(error));
  }
}

async function leave(): Promise<void> {
  await racer.close();
  process.disconnect();
}

async function take(fight: Fight, by: Racer): Promise<Report> {
  if (fight.kind === "counter") return count(by, fight.id, fight.times);
  return {
    claims: fight.kind === "ready" ? await claimAll(by) : await claimEach(by, fight.ids),
    written: 0,
    retries: 0,
  };
}

async function claimAll(by: Racer): Promise<Report["claims"]> {
  const claims = [];
  for (let got = await by.claim(); got !== undefined; got = await by.claim()) claims.push(got);
  return claims;
}

async function claimEach(by: Racer, ids: readonly string[]): Promise<Report["claims"]> {
  const claims = [];
  for (const id of ids) {
    const got = await by.claim(id);
    if (got !== undefined) claims.push(got);
  }
  return claims;
}

const BOUNDS = { firstMs: 20, mostMs: 2_000 };

async function count(by: Racer, id: string, times: number): Promise<Report> {
  let written = 0;
  let retries = 0;
  for (let inARow = 0; written < times;) {
    const { value, etag } = await by.read(id);
    if (await by.write(id, value + 1, etag)) {
      written += 1;
      inARow = 0;
    } else {
      retries += 1;
      await sleep(backoffMs(inARow, BOUNDS));
      inARow += 1;
    }
  }
  return { claims: [], written, retries };
}
