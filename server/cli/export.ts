/** `kyros export`: the tasks as a list to take elsewhere. */
import { command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { gather } from "./pages.ts";
import { FORMATS } from "./sheet.ts";
import { oneOf } from "./task-fields.ts";

export const exportTasks = command({
  name: "export",
  summary: "all tasks as JSON, CSV or a Markdown checklist",
  args: [],
  options: {
    format: { type: "string", value: "FORMAT", about: `${FORMATS.join(", ")}; json by default` },
  },
  notes:
    "In board order, the archived ones last. JSON carries everything; CSV what people write; Markdown " +
    "the title, the definition of done, and a few words. To bring a list back: kyros import --help",
  examples: ["kyros export --format csv > tasks.csv", "kyros export --format md > TODO.md"],
  async run({ options, board, out }) {
    const format = oneOf(FORMATS, options.text("format") ?? "json", "--format");
    const client = await board.client();
    const list = (archived: boolean) =>
      gather(Number.POSITIVE_INFINITY, async (limit, cursor) => {
        const query = { archived, limit, page_cursor: cursor };
        const { body } = await client.call("listTasks", { query });
        return { items: body?.items ?? [], next: body?.next_page_cursor ?? null };
      });
    const tasks = [...(await list(false)), ...(await list(true))];
    const { toCsv } = await import("./sheet-csv.ts");
    const { toMarkdown } = await import("./sheet-markdown.ts");
    const open = tasks.filter(({ archived }) => !archived);
    out.show({ tasks }, () => {
      if (format === "json") return JSON.stringify({ tasks }, null, 2);
      return format === "csv" ? toCsv(tasks) : toMarkdown(open);
    });
    return EXIT.ok;
  },
});
