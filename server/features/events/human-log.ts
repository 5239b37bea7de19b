/**
 * The log as a person would tell it: by task and by agent, one sentence for what happened together,
 * each sentence citing its events. It draws on the events alone, so the same events always read the
 * same.
 */
import type { KyrosEvent } from "#contracts/event";
import { escape, tell, tellDeed } from "./sentences.ts";

export function toMarkdown(events: readonly KyrosEvent[]): string {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return "# What happened\n\nNothing.\n";
  const passages = toPassages(events);
  const of = (about: About) => passages.filter((passage) => passage.about === about);
  return [
    "# What happened",
    "",
    `${toMinute(first.ts)} to ${toMinute(last.ts)} UTC, ${events.length} events.`,
    ...section("Tasks", group(of("task"), toSentence)),
    ...section("Agents", [...group(of("agent"), toSentence), ...toDeeds(events)]),
    ...section("Everything else", group(of("other"), toSentence)),
    "",
  ].join("\n");
}

type About = "task" | "agent" | "other";

/** What one commit did to one subject. */
interface Passage {
  readonly about: About;
  readonly subject: string;
  readonly events: KyrosEvent[];
}

function toPassages(events: readonly KyrosEvent[]): Passage[] {
  const passages: Passage[] = [];
  let commit: Passage[] = [];
  for (const event of events) {
    if (isFirstOfCommit(event)) commit = [];
    const { about, subject } = subjectOf(event.target);
    const known = commit.find((passage) => passage.about === about && passage.subject === subject);
    if (known !== undefined) {
      known.events.push(event);
      continue;
    }
    const passage = { about, subject, events: [event] };
    commit.push(passage);
    passages.push(passage);
  }
  return passages;
}

function isFirstOfCommit({ details }: KyrosEvent): boolean {
  const { commit } = details;
  if (typeof commit !== "object" || commit === null || !("index" in commit)) return true;
  return commit["index"] === 0;
}

function subjectOf(target: string): { about: About; subject: string } {
  const [, kind, name = ""] = /^(task|agent):(.+)$/s.exec(target) ?? [];
  if (kind === "task" || kind === "agent") return { about: kind, subject: name };
  return { about: "other", subject: target === "" ? "No subject" : target };
}

/** The lease that comes and goes with a step is cited with it, not told apart. */
function toSentence({ events }: Passage): string {
  const [first] = events;
  if (first === undefined) return "";
  const telling = events.filter((event) => !event.event.startsWith("lease_"));
  const texts = (telling.length > 0 ? telling : events).map(tell);
  return `${toMinute(first.ts)} ${escape(first.actor)} ${texts.join(", and ")}. ${cite(events)}`;
}

/** What each agent did to tasks, all of one sort in one sentence. */
function toDeeds(events: readonly KyrosEvent[]): Group[] {
  const byActor = new Map<string, Map<string, KyrosEvent[]>>();
  for (const event of events) {
    const deed = tellDeed(event);
    if (deed === undefined) continue;
    const deeds = byActor.get(event.actor) ?? new Map<string, KyrosEvent[]>();
    byActor.set(event.actor, deeds);
    deeds.set(deed, [...(deeds.get(deed) ?? []), event]);
  }
  return [...byActor].map(([actor, deeds]) => ({
    name: actor,
    sentences: [...deeds].map(([deed, done]) => {
      const tasks = [...new Set(done.map(({ target }) => target.replace(/^task:/, "")))];
      const told = deed.replace("…", () => tasks.map(escape).join(", "));
      return `${escape(actor)} ${told}. ${cite(done)}`;
    }),
  }));
}

interface Group {
  readonly name: string;
  readonly sentences: readonly string[];
}

function group(passages: readonly Passage[], toText: (passage: Passage) => string): Group[] {
  const bySubject = Map.groupBy(passages, ({ subject }) => subject);
  return [...bySubject].map(([name, of]) => ({ name, sentences: of.map(toText) }));
}

function section(title: string, groups: readonly Group[]): string[] {
  if (groups.length === 0) return [];
  const merged = Map.groupBy(groups, ({ name }) => name);
  const bodies = [...merged].flatMap(([name, same]) => [
    "",
    `### ${escape(name)}`,
    "",
    ...same.flatMap(({ sentences }) => sentences.map((sentence) => `- ${sentence}`)),
  ]);
  return ["", `## ${title}`, ...bodies];
}

/** Ids come from the log and may be anybody's, but what is no plain word is no id of ours. */
function cite(events: readonly KyrosEvent[]): string {
  return `(${events.map(({ id }) => `\`${id.replaceAll(/[^\w.:-]/g, "?")}\``).join(", ")})`;
}

/** `2026-01-31 09:30` */
function toMinute(ts: string): string {
  return escape(ts.slice(0, 16).replace("T", " "));
}
