/** `kyros state`, `kyros workflow`: what the API tells as a whole, mostly for programs. */
import type { WorkflowAnswer } from "#contracts/state";
import type { Status } from "#contracts/workflow";
import { command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { table } from "./output.ts";
import { oneOf } from "./task-fields.ts";

const KINDS = ["tasks", "agents", "leases"] as const;

export const state = command({
  name: "state",
  summary: "all records of one kind as JSON, now or as they were",
  args: ["KIND"],
  options: {
    at: { type: "string", value: "CURSOR|TIME", about: "as it was then, replayed from the log" },
  },
  notes: `KIND is ${KINDS.join(", ")}. The answer has their ETags and the cursor to tail from.`,
  examples: ["kyros state tasks --at 2026-01-31T09:00:00Z"],
  async run({ args: [given = ""], options, board, out }) {
    const kind = oneOf(KINDS, given, "KIND");
    const client = await board.client();
    const { body } = await client.call("getState", {
      params: { kind },
      query: { at: options.text("at") },
    });
    out.show(body, () => JSON.stringify(body, null, 2));
    return EXIT.ok;
  },
});

export const workflow = command({
  name: "workflow",
  summary: "which step leads where, and what it asks for",
  args: [],
  options: {},
  examples: ["kyros workflow"],
  async run({ board, out }) {
    const client = await board.client();
    const { body } = await client.call("getWorkflow", {});
    if (body !== undefined) out.show(body, () => workflowText(body, out.columns));
    return EXIT.ok;
  },
});

function workflowText(answer: WorkflowAnswer, columns: number | undefined): string {
  const { statuses, held, handover, transitions, entry_guards: guards } = answer;
  const kept = (status: Status) =>
    held.includes(status) ? "held" : handover.includes(status) ? "handed over" : "-";
  return table(
    ["STATUS", "", "LEADS TO", "ENTERED WHEN"],
    statuses.map((status) => [
      status,
      kept(status),
      transitions[status].join(", "),
      guards[status].join(", "),
    ]),
    columns,
  );
}
