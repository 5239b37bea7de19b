/** `kyros init`. */
import { orNoBoard } from "./board.ts";
import { command } from "./command.ts";
import { EXIT } from "./exit.ts";

export const init = command({
  name: "init",
  summary: "make a board here: the folder, its description and what git needs to know",
  args: [],
  options: {},
  notes: "What is there already stays as it is, so it can be run again.",
  examples: ["kyros init", "kyros init --dir ../shared/board"],
  async run({ board, out }) {
    const { initFolder } = await import("../local.ts");
    const written = await orNoBoard(initFolder(board.folder));
    const isNew = written.length > 0;
    out.show({ folder: board.folder, written }, () =>
      isNew ? `${board.folder}: ${written.join(", ")}` : `${board.folder} has everything already.`,
    );
    out.note("Commit the folder with your code. Next: kyros up, or kyros task add TITLE");
    return EXIT.ok;
  },
});
