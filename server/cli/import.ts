/**
 * `kyros import`: a list of tasks brought in as one commit, all or none. Tasks that are there already
 * are changed where the list says something else; the workflow is not touched, since nobody did the work
 * by writing it down.
 */
import { readInput } from "./batch.ts";
import { command } from "./command.ts";
import { CommandError, EXIT } from "./exit.ts";
import { printable } from "./output.ts";
import type { Plan } from "./import-plan.ts";
import { FORMATS, UnreadableList, type Format } from "./sheet.ts";
import { oneOf } from "./task-fields.ts";

const MOST = 1_000;

export const importTasks = command({
  name: "import",
  summary: "bring in a list of tasks: JSON, CSV or a Markdown checklist, all or none",
  args: ["FILE"],
  options: {
    format: { type: "string", value: "FORMAT", about: `${FORMATS.join(", ")}; by the file's name` },
    "dry-run": { type: "boolean", about: "say what would be done, and do nothing" },
  },
  notes:
    "FILE may be -, standard input. What has the id of a task on the board changes it where the list says " +
    "something else; everything else is created, queued. What is done in the list and not on the board " +
    "is left out, and nobody's status is changed.",
  examples: ["kyros import TODO.md --dry-run", "kyros import tasks.csv"],
  async run({ args: [file = ""], options, input, board, out }) {
    const format = formatOf(file, options.text("format"));
    const text = await readInput(file, input);
    const client = await board.client();
    const { body: state } = await client.call("getState", { params: { kind: "tasks" } });
    const { parseList, planImport } = await import("./import-plan.ts");
    const known = { data: state?.data, etags: state?.etags ?? {} };
    const plan = explained(file, () => planImport(parseList(format, text), known));
    const { creates, patches } = plan;
    const size = creates.length + patches.length;
    if (size > MOST) {
      const said = `${file}: ${size} changes are more than the ${MOST} that one commit takes. Split the list.`;
      throw new CommandError(EXIT.refused, said);
    }
    const isDry = options.flag("dry-run");
    const body = { creates, patches };
    const done = isDry || size === 0 ? undefined : await client.call("batchTasks", { body });
    const { same, skipped } = plan;
    out.show(
      { dry_run: isDry, creates, patches, same, skipped, results: done?.body?.results },
      () => planText(plan, isDry),
    );
    return EXIT.ok;
  },
});

function formatOf(file: string, given: string | undefined): Format {
  const ending = /\.(json|csv|md|markdown)$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  return oneOf(FORMATS, given ?? (ending === "markdown" ? "md" : ending), "--format");
}

/** @throws CommandError */
function explained(file: string, work: () => Plan): Plan {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UnreadableList)) throw error;
    throw new CommandError(EXIT.refused, `${file}, ${error.message}\nNothing was brought in.`);
  }
}

function planText({ creates, patches, same, skipped }: Plan, isDry: boolean): string {
  const would = isDry ? "would be " : "";
  return [
    ...creates.map(({ id = "new", title }) => `+ ${id}  ${printable(title)}`),
    ...patches.map(({ id, patch }) => `~ ${id}  ${Object.keys(patch).join(", ")}`),
    ...skipped.map(({ where, title }) => `  ${where}: done already, left out: ${printable(title)}`),
    `${creates.length} ${would}created, ${patches.length} ${would}changed, ${same} as they are.`,
  ].join("\n");
}
