/** `kyros log`: what happened, told for people. */
import { command } from "./command.ts";
import { FILTERS } from "./events.ts";
import { EXIT } from "./exit.ts";
import { printable } from "./output.ts";

export const log = command({
  name: "log",
  summary: "what happened, told for people, each sentence with the events it rests on",
  args: [],
  options: {
    since: { type: "string", value: "CURSOR|TIME", about: "from there on" },
    until: { type: "string", value: "CURSOR|TIME", about: "up to there" },
    ...FILTERS,
    write: { type: "boolean", about: "append it to logs/log.md of the board" },
  },
  notes: "Markdown.",
  examples: ["kyros log --since 2026-01-31T18:00:00Z --write"],
  async run({ options, board, out }) {
    const list = (given: string | undefined) => given?.split(",").filter((word) => word !== "");
    const client = await board.client();
    const { body } = await client.call("humanLog", {
      body: {
        since: options.text("since"),
        until: options.text("until"),
        event: list(options.text("event")),
        actor: list(options.text("actor")),
        target: list(options.text("target")),
        write: options.flag("write") || undefined,
      },
    });
    out.show(body, () => printable(body?.markdown ?? "", true).trimEnd());
    if (typeof body?.written === "string") out.note(`Appended to ${body.written}`);
    return EXIT.ok;
  },
});
