/**
 * Puts this repository's backlog on its board, `collaboration/` or the folder given. What is there
 * already stays as it is: a second run changes nothing.
 */
import { isBoard, openBoard } from "../server/cli/board.ts";
import { initFolder } from "../server/local.ts";
import { BACKLOG } from "./backlog.ts";
import { ROOT } from "./tree.ts";

const folder = process.argv[2] ?? `${ROOT}/collaboration`;
if (!isBoard(folder)) await initFolder(folder);
const board = openBoard({ folder, url: undefined, actor: undefined });
try {
  const client = await board.client();
  const { body } = await client.call("getState", { params: { kind: "tasks" } });
  const creates = BACKLOG.filter(({ id }) => body?.data[id] === undefined);
  if (creates.length > 0) await client.call("batchTasks", { body: { creates } });
  console.log(
    creates.length === 0
      ? `${folder} has the whole backlog already.`
      : `${folder}: ${creates.map(({ id }) => id).join(", ")}`,
  );
} finally {
  await board.release();
}
