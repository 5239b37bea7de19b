/** What a collaboration folder holds besides records, so that people and git treat it well. */
import { join } from "node:path";
import { followLink, realDisk, type Disk } from "./disk.ts";
import { cannotOpen } from "./health.ts";

type Needed = Pick<Disk, "list" | "makeFolder" | "stamp" | "writeText">;

/** Whether nobody has put anything there yet. @throws StoreFault */
export function isUnused(folder: string, disk: Needed = realDisk): boolean {
  return opening(folder, () => {
    return disk.stamp(folder) === undefined || disk.list(folder).length === 0;
  });
}

/**
 * Writes what is missing and touches nothing that is there; answers the names of what it wrote.
 *
 * @throws StoreFault
 */
export function scaffold(folder: string, disk: Needed = realDisk): string[] {
  return opening(folder, () => {
    // The folder itself may be a link; what is in it may not.
    disk.makeFolder(followLink(folder));
    const missing = Object.entries(FILES).filter(
      ([name]) => disk.stamp(join(folder, name)) === undefined,
    );
    for (const [name, text] of missing) disk.writeText(join(folder, name), text);
    return missing.map(([name]) => name);
  });
}

function opening<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cannotOpen(folder, error);
  }
}

const README = `# The board, as files

This folder is the board: what there is to do, who is doing it, and what happened. It is plain text
on purpose. Read it, \`git diff\` it, commit it, merge it, and edit it by hand when that is quicker.

    state/tasks.json       the tasks
    state/agents.json      who works here: agents, workers, people
    state/locks.json       the leases: who may act on what, and until when
    events/events.jsonl    what happened, one event a line, oldest first; only ever appended to. Once it
                           has 64 MiB, it goes on in events-000002.jsonl, and so on
    logs/log.md            the same told for people, written on request
    artifacts/             what workers left for a person to accept: patches and reports, by task
    .kyros/                the server's own notes, and saves that it set aside; not in git

## State files

    {
      "kind": "tasks",
      "schema": 1,
      "items": {
        "T-100": {
          "id": "T-100",
          "version": 3,
          "title": "…",
          …

One property a line and records in the order of their ids, so that changing one task changes the
lines of that task and no others.

**You may edit them at any time, server running or not.** Change a title, move a task to another
status, add a record, delete one. A running server sees the change within a moment, checks it, raises
the \`version\` of each record that differs and writes an event in the name of \`file\`. Without a
server, the next one to start does the same. What you need to know:

- \`version\` and the times are kept by the server. Leave them as they are; whatever you write
  there, the version only ever goes up.
- A new task needs an id and a title, nothing more: \`"T-7": { "title": "Buy milk" }\`. The rest is
  filled in.
- Fields of your own are kept.
- Your edit stands as you wrote it. The rules that the API enforces (dependencies done, definition of
  done complete) are not applied to it; the event says which ones it passed by.
- A file that is not valid JSON, or does not fit the format, is left alone: the server goes on
  answering from the last good state, refuses changes to that file, and says which line is wrong.
  Mend it and it is taken in by itself.
- Should your save and the server's own fall into the same instant, yours is taken in afterwards, or,
  where both changed the same record, kept in \`.kyros/set-aside/\` with an event that says so.
  Nothing is thrown away.

## The log

Each line is \`{"id", "ts", "event", "actor", "target", "details"}\`. \`details.changes\` holds enough
to redo the change, so the log replayed from its first line gives the state files; \`kyros verify\`
checks exactly that. Please do not edit lines; to say something, append an event through the API.

## Git

Commit this folder like source. \`.gitattributes\` has git merge two logs by keeping the lines of both
(\`merge=union\`), and two state files by record and field once \`kyros init\` was run in the clone; it also
keeps git from converting line endings. \`.gitignore\` leaves \`.kyros/\` out. After \`git pull\`, \`checkout\`
or \`stash\` the files are taken in like any other edit. What both sides changed differently is named in
\`conflicts\` of the record: set the field to what should be true and take the entry out. Where there are
merge markers instead, keep what should be true, remove the markers, save.
`;

const FILES = {
  "README.md": README,
  ".gitignore": ".kyros/\n",
  ".gitattributes": `# Both sides of a merge keep their lines: every event has an id of its own, and its place is its time.
events/*.jsonl merge=union
# By record and by field, once \`kyros init\` has told git how; by lines where it has not.
state/*.json merge=kyros
# Checksums are taken over the bytes: no conversion of line endings.
events/*.jsonl -text
state/*.json -text
# A patch is applied byte for byte.
artifacts/** -text
`,
} as const;
