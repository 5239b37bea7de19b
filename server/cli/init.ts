/** `kyros init`. */
import type { Step } from "../git/step.ts";
import { orNoBoard } from "./board.ts";
import { command } from "./command.ts";
import { EXIT } from "./exit.ts";

export const init = command({
  name: "init",
  summary: "make a board here: the folder, its description and what git needs to know",
  args: [],
  options: {},
  notes:
    "What is there already stays as it is, so it can be run again, and has to be in each clone: the merge " +
    "driver and the guard are in the repository's own configuration. docs/git.md says how to undo it.",
  examples: ["kyros init", "kyros init --dir ../shared/board"],
  async run({ board, out }) {
    const { initFolder } = await import("../local.ts");
    const { gitSteps } = await import("../git/install.ts");
    const written = await orNoBoard(initFolder(board.folder));
    const steps = gitSteps(board.folder, THIS_PROGRAM);
    const open = steps?.filter(({ isDone }) => !isDone) ?? [];
    const possible = open.filter(({ obstacle }) => obstacle === undefined);
    for (const step of possible) step.apply();
    const left = open.filter(({ obstacle }) => obstacle !== undefined);
    const news = [
      ...(written.length === 0 ? [] : [`${board.folder}: ${written.join(", ")}`]),
      ...possible.map(({ what }) => `git: + ${what}`),
    ];
    out.show({ folder: board.folder, written, git: steps && gitAnswer(steps) }, () =>
      [
        ...(news.length === 0 ? [`${board.folder} has everything already.`] : news),
        ...left.map(({ what, obstacle }) => `git: ! no ${what}: ${obstacle}`),
      ].join("\n"),
    );
    if (steps === undefined) {
      out.note(
        "In no git repository: after git init, run this again for the merge driver and the guard.",
      );
    }
    out.note("Commit the folder with your code. Next: kyros up, or kyros task add TITLE");
    return EXIT.ok;
  },
});

function gitAnswer(steps: readonly Step[]) {
  return steps.map(({ what, isDone, obstacle }) => ({
    what,
    state: isDone ? "was there" : obstacle === undefined ? "done" : "left",
    ...(obstacle !== undefined && { obstacle }),
  }));
}

/** Seen from the sources, or from any chunk of the build. */
const MAIN = import.meta.url.replace(
  /^(.*)\/(server|dist)\/.*$/,
  (_, root: string, part: string) => `${root}/${part}/cli/main.${part === "server" ? "ts" : "js"}`,
);

export const THIS_PROGRAM = {
  node: process.execPath,
  main: decodeURIComponent(new URL(MAIN).pathname),
};
