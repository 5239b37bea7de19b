import { relative } from "node:path";
import { parseModule } from "./modules.ts";
import { violations } from "./rules.ts";
import { ROOT } from "../tree.ts";

interface Context {
  readonly filename: string;
  readonly sourceCode: {
    readonly text: string;
    getLocFromIndex(offset: number): { line: number; column: number };
  };
  report(problem: { message: string; loc: { line: number; column: number } }): void;
}

/** The architecture's rules as one rule of the linter. */
const boundaries = {
  create(context: Context) {
    return {
      Program() {
        const module = parseModule(relative(ROOT, context.filename), context.sourceCode.text);
        for (const { message, at } of violations(module)) {
          context.report({ message, loc: context.sourceCode.getLocFromIndex(at) });
        }
      },
    };
  },
};

export default { meta: { name: "architecture" }, rules: { boundaries } };
