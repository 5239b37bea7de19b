/** `lint`: the repository's own linter, and a report of what it says. */
import { join } from "node:path";
import { z } from "zod";
import { failure, judgeEnding } from "../decide.ts";
import type { Executor } from "../executor.ts";
import { readText } from "../files.ts";
import type { Ran } from "../child.ts";
import type { WorkingCopy } from "../working-copy.ts";

const packageFile = z.object({ scripts: z.object({ lint: z.string().min(1) }) });

/** As package managers do it. */
const WITH_INSTALLED = 'export PATH="$PWD/node_modules/.bin:$PATH"';

/** What a shell answers when there is no such program, or it cannot be run. */
const NOT_INSTALLED = [126, 127];

export const lint: Executor = {
  name: "lint",
  async run({ copy }) {
    const script = await findScript(copy);
    if (script === undefined) return failure("package.json has no script called lint");
    // No package manager has to be found or trusted. `node --run` loses the exit code.
    const ran = await copy.run("sh", ["-c", `${WITH_INSTALLED}\n${script}`]);
    const ending = judgeEnding("the linter", ran);
    if (ending !== undefined) return ending;
    const { exit = -1, output } = ran;
    if (NOT_INSTALLED.includes(exit)) return failure("the linter is not installed", output);
    const summary = exit === 0 ? "the linter found nothing" : `the linter ended with ${exit}`;
    const content = toReport({ script, base: copy.base, summary }, ran);
    return { ok: true, summary, artifact: { kind: "report", content, base: copy.base } };
  },
};

async function findScript({ folder }: WorkingCopy): Promise<string | undefined> {
  const text = await readText(join(folder, "package.json"));
  try {
    const read = packageFile.safeParse(JSON.parse(text ?? "null"));
    return read.success ? read.data.scripts.lint : undefined;
  } catch {
    return undefined;
  }
}

function toReport(
  { script, base, summary }: { script: string; base: string; summary: string },
  { output }: Ran,
): string {
  const printed = output.trim() === "" ? "(nothing)" : output.trimEnd();
  const fence = fenceFor(printed);
  return [
    `# Lint: ${summary}`,
    "",
    `\`${script.replaceAll(/[`\s]+/g, " ")}\` on commit ${base}`,
    "",
    `${fence}text`,
    printed,
    fence,
    "",
  ].join("\n");
}

/** Longer than any run of backticks in it. */
function fenceFor(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  return "`".repeat(longest + 1);
}
