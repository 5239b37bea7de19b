/** `kyros task batch`: creates and patches from a file or from standard input, all or none. */
import type { TaskBatch } from "#contracts/task";
import { isObject } from "../kernel/json.ts";
import { readText } from "../store/peek.ts";
import { command, type Call, type OptionSpecs } from "./command.ts";
import { CommandError, EXIT, UsageError } from "./exit.ts";

export const taskBatch = command({
  name: "task batch",
  summary: "create and change up to 1,000 tasks in one commit, all or none",
  args: ["FILE"],
  options: {},
  notes:
    'FILE is JSON as the API takes it: {"creates": [task…], "patches": [{"id", "if_match", ' +
    '"patch"}…]}; - reads standard input. For lists made by people, see: kyros import --help',
  examples: ["kyros task batch changes.json", "generate | kyros task batch -"],
  async run({ args: [file = ""], input, board, out }) {
    const parsed = parse(await readInput(file, input), file);
    const client = await board.client();
    const { body } = await client.call("batchTasks", { body: parsed });
    out.show(body, () => (body?.results ?? []).map(({ id, etag }) => `${id}  ${etag}`).join("\n"));
    return EXIT.ok;
  },
});

/** @throws CommandError where there is no such file. */
export async function readInput(file: string, input: Call<OptionSpecs>["input"]): Promise<string> {
  const text = file === "-" ? await input() : readText(file);
  if (text !== undefined) return text;
  throw new CommandError(EXIT.refused, `${file} cannot be read. Is it there?`);
}

/** @throws UsageError. What is in it is the server's to judge: it names each problem by its pointer. */
function parse(text: string, file: string): TaskBatch {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { creates: [], patches: [], ...value };
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  throw new UsageError(`${file} holds no object. See: kyros task batch --help`);
}
