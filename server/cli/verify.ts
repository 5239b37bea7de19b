/** `kyros verify`. */
import type { Kind } from "#contracts/state";
import { assertBoard } from "./board.ts";
import { command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { printable, shown } from "./output.ts";

export const verify = command({
  name: "verify",
  summary: "replay the log from its first line and compare it with the state files",
  args: [],
  options: {},
  notes:
    "Reads only, also beside a running server. What differs is what the next start, or the running " +
    "server, will take in as an edit of the file, unless the log itself is damaged.",
  examples: ["kyros verify", "kyros verify --json"],
  async run({ board, out }) {
    assertBoard(board.folder);
    const { verifyLocal } = await import("../local.ts");
    const { events, records, differences } = await verifyLocal(board.folder);
    out.show({ clean: differences.length === 0, events, records, differences }, () =>
      [
        ...differences.flatMap(({ where, what, fields = [] }) => [
          `${where}  ${printable(what)}`,
          ...fields.map(
            ({ field, file, log }) =>
              `  ${field}: file ${shown(file, 100)}, log ${shown(log, 100)}`,
          ),
        ]),
        differences.length === 0
          ? `Clean: the log (${count(events, "event")}) gives the files as they are: ${contentText(records)}.`
          : `${count(differences.length, "difference")}.`,
      ].join("\n"),
    );
    return differences.length === 0 ? EXIT.ok : EXIT.refused;
  },
});

export function contentText(records: Readonly<Record<Kind, number>>): string {
  const { tasks, agents, locks } = records;
  return [count(tasks, "task"), count(agents, "agent"), count(locks, "lease")].join(", ");
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
