/** What must be true at the end, said one by one. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KyrosEvent } from "#contracts/event";
import type { Task } from "#contracts/task";
import { writtenBy } from "../log.ts";
import type { Report } from "./report.ts";
import type { Tail } from "./tails.ts";

let passed = 0;
let failed = 0;

/** Says whether something holds; `found` is shown when it does not. */
export function check(claim: string, holds: boolean, found: unknown = ""): void {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`  ${holds ? "✓" : "✗"} ${claim}`);
  if (!holds) console.log(`    ${JSON.stringify(found)?.slice(0, 2_000)}`);
}

/** The last line; answers how many failed. */
export function summary(): number {
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed;
}

export function checkVersions(log: readonly KyrosEvent[]): void {
  const versions = Map.groupBy(log.flatMap(writtenBy), ({ kind, id }) => `${kind}/${id}`);
  const broken = [...versions].filter(([, list]) =>
    list.some(({ version }, index) => version !== index + 1),
  );
  check(
    "every record's versions go up one by one, and stand in the log once",
    broken.length === 0,
    broken,
  );
}

export function checkAcknowledged(log: readonly KyrosEvent[], reports: readonly Report[]): void {
  const written = new Set(
    log.flatMap(writtenBy).map(({ kind, id, version }) => `${kind}/${id} ${version}`),
  );
  const promised = reports.filter((report) => report.what === "acknowledged");
  const missing = promised.filter(({ task, version }) => !written.has(`tasks/${task} ${version}`));
  const answers = new Set(promised.map(({ task, version }) => `${task} ${version}`));
  check(
    `all ${promised.length} acknowledged changes are in the log`,
    missing.length === 0,
    missing,
  );
  check("no two of them are the same version of a task", answers.size === promised.length);
}

/** A claim is over when the task was handed over or went back; until then nobody else gets it. */
export function checkClaims(log: readonly KyrosEvent[]): void {
  const holder = new Map<string, string>();
  const doubles: KyrosEvent[] = [];
  for (const event of log) {
    if (event.event === "task_claimed") {
      if (holder.has(event.target)) doubles.push(event);
      holder.set(event.target, event.actor);
    } else if (event.event === "task_transitioned" || event.event === "state_edited") {
      holder.delete(event.target);
    }
  }
  const claims = log.filter(({ event }) => event === "task_claimed").length;
  check(`${claims} claims, and never two of one task at a time`, doubles.length === 0, doubles);
}

export function checkTail(tail: Tail, log: readonly KyrosEvent[]): void {
  const [seen, wanted] = [tail.events, log].map((events) => events.map(({ id }) => id));
  const first = wanted?.findIndex((id, index) => seen?.[index] !== id) ?? -1;
  const found = { seen: seen?.length, wanted: wanted?.length, first, resets: tail.resets };
  check(
    `the ${tail.name} saw all ${log.length} events, in order and each once`,
    JSON.stringify(seen) === JSON.stringify(wanted),
    found,
  );
}

/** Where a save and a change of the same record met, the save is kept aside: not lost, but not in. */
export function checkNotes(
  tasks: readonly Task[],
  notes: ReadonlyMap<string, string>,
  asideFolder: string,
): void {
  const names = existsSync(asideFolder) ? readdirSync(asideFolder) : [];
  const saves = names.map((name) => readFileSync(join(asideFolder, name), "utf8")).join("");
  const missing = [...notes].filter(
    ([note, id]) => !tasks.find((task) => task.id === id)?.description.includes(note),
  );
  const lost = missing.filter(([note]) => !saves.includes(note));
  const kept = missing.length - lost.length;
  const aside = kept === 0 ? "" : `, ${kept} of them set aside`;
  check(`all ${notes.size} edits by hand are there${aside}`, lost.length === 0, lost);
}
