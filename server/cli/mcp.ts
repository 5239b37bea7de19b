/** `kyros mcp`. */
import type { Client } from "#contracts/client";
import { Closed, type Door } from "../mcp/door.ts";
import { command, type Board } from "./command.ts";
import { EXIT, NoBoard } from "./exit.ts";

export const mcp = command({
  name: "mcp",
  summary: "speak MCP on stdin and stdout, for an agent that starts this itself",
  args: [],
  options: {},
  notes:
    "Acts as --actor or KYROS_ACTOR, otherwise under a name of its own for as long as it runs. " +
    "Without a server the folder is opened for each call, and free for others in between.",
  examples: ["claude mcp add kyros -- kyros mcp"],
  async run({ board, interruption }) {
    const { serveMcpStdio } = await import("../mcp/stdio.ts");
    const { newAgentId } = await import("../kernel/ids.ts");
    await serveMcpStdio(createDoor(board, board.actor ?? newAgentId()), interruption());
    return EXIT.ok;
  },
});

/** Calls that overlap share the open folder; the last one lets go of it. */
function createDoor(board: Board, actor: string): Door {
  let visits = 0;
  let released: Promise<void> = Promise.resolve();

  return {
    actor,
    canWait: () => !board.isOpenHere,
    async visit<T>(who: string | undefined, work: (client: Client) => Promise<T>): Promise<T> {
      visits += 1;
      try {
        await released;
        return await work(await board.client(who));
      } catch (error) {
        throw error instanceof NoBoard ? new Closed(error.message) : error;
      } finally {
        visits -= 1;
        if (visits === 0 && board.isOpenHere) released = board.release();
        await released;
      }
    },
  };
}
