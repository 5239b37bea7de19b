import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBoardServer, type BoardServer } from "./testing/server.ts";
import { createShell, type Shell } from "./testing/shell.ts";

let shell: Shell;
let board: BoardServer;
let between: Between;

beforeEach(async () => {
  shell = createShell();
  await shell.kyros("init");
  board = await createBoardServer(shell.folder);
  between = await createBetween(board.url);
});
afterEach(async () => {
  between.close();
  await board.stop();
  shell.remove();
});

interface Between {
  readonly url: string;
  /** Keys of the requests that changed something, in the order in which they came. */
  readonly keys: (string | undefined)[];
  /** So many answers get lost: the server does what it is asked, and the connection ends. */
  lose(answers: number): void;
  close(): void;
}

async function createBetween(target: string): Promise<Between> {
  let toLose = 0;
  const keys: (string | undefined)[] = [];
  const server: Server = createServer((asked, answer) => {
    const { method, headers } = asked;
    if (method !== "GET") keys.push(headers["idempotency-key"]?.toString());
    const passed = request(new URL(asked.url ?? "", target), { method, headers }, (told) => {
      if (toLose > 0) {
        toLose -= 1;
        told.resume().on("end", () => asked.socket.destroy());
        return;
      }
      answer.writeHead(told.statusCode ?? 0, told.headers);
      told.pipe(answer);
    });
    asked.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    lose: (answers) => (toLose = answers),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const kyros = (command: string) => shell.kyros(`${command} --url ${between.url}`);

describe("an answer that gets lost on its way", () => {
  test("a change is sent again under the same key, and is done once", async () => {
    between.lose(2);
    expect(await kyros("task add Once")).toMatchObject({ exit: 0, stderr: "" });
    expect(between.keys).toHaveLength(3);
    expect(new Set(between.keys).size).toBe(1);
    expect(between.keys[0]).toMatch(/^\w{22}$/);
    expect(board.events()).toBe(1);
  });

  test("what is only read is read again", async () => {
    between.lose(1);
    expect(await kyros("task list")).toMatchObject({ exit: 0, stdout: "No tasks.\n" });
  });

  test("a deletion is not repeated: whether it was done is to be looked at", async () => {
    await kyros("task add Gone --id T-1");
    const etag = ((await shell.json("task show T-1")) as { etag: string }).etag;
    between.lose(1);
    const { exit, stderr } = await kyros(`task delete T-1 --if-match ${etag}`);
    expect(exit).toBe(4);
    expect(stderr).toMatch(/^There was no answer from .* look whether it was made before /);
  });

  test("a server that was never there is not waited for", async () => {
    between.close();
    const begun = performance.now();
    expect(await kyros("task list")).toMatchObject({ exit: 4 });
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
