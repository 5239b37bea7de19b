/** `kyros up`. */
import { command } from "./command.ts";
import { toNumber } from "./task-fields.ts";
import { EXIT, UsageError } from "./exit.ts";

export const up = command({
  name: "up",
  summary: "start the server on the board, until it is interrupted",
  args: [],
  options: {
    port: {
      type: "string",
      short: "p",
      value: "PORT",
      about: "where to listen (PORT, 8000); 0: any",
    },
    open: { type: "boolean", about: "show the board in a browser; in a terminal only" },
  },
  notes:
    "A folder that is not there yet, or is empty, becomes a board. .env.example lists what else can be set.",
  examples: ["kyros up --open", "kyros up --port 0 --dir ./board"],
  async run({ options, board, out }) {
    const port = toNumber(options.text("port"), "--port");
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
      throw new UsageError(`--port takes a whole number from 0 to 65535, not ${port}.`);
    }
    const { serve } = await import("../serve.ts");
    const { hasMergeDriver } = await import("../git/install.ts");
    const { spawn } = await import("node:child_process");
    // Where there is no browser, the address is on the screen all the same.
    const browse = (url: string) => {
      const [program = "", ...words] = OPENERS[process.platform] ?? ["xdg-open"];
      spawn(program, [...words, `${url}/console/`], { stdio: "ignore", detached: true })
        .on("error", () => {})
        .unref();
    };
    const isShown = options.flag("open") && process.stdout.isTTY;
    const code = await serve({ dir: board.folder, ...(port !== undefined && { port }) }, (url) => {
      if (isShown) browse(url);
      // Its configuration is the person's: only `init` writes to it, and says what.
      if (hasMergeDriver(board.folder) === false) out.note(NO_DRIVER);
    });
    return code === 0 ? EXIT.ok : EXIT.refused;
  },
});

const NO_DRIVER =
  "git merges this board by lines, which may lose changes. To have it merged by record: kyros init";

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start"],
};
