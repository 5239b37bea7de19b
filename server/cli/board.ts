/**
 * Which board a command talks to, and how: over HTTP where a server owns the folder, otherwise by
 * opening the folder for the length of the command. Either way it is the same client and the same app.
 */
import { join, resolve } from "node:path";
import { createClient, type ClientOptions } from "#contracts/client";
import { mayLive, readHolder, type Holder } from "../store/holder.ts";
import { exists, readText } from "../store/peek.ts";
import { isLoopback } from "../config.ts";
import type { LocalBoard } from "../local.ts";
import type { Board } from "./command.ts";
import { NoBoard } from "./exit.ts";
import { send, wasRefused } from "./http.ts";
import { persistent } from "./persistent.ts";

interface Where {
  readonly folder: string;
  /** Talk to this server, and look at no folder. */
  readonly url: string | undefined;
  readonly actor: string | undefined;
}

type Connection = Required<Pick<ClientOptions, "baseUrl" | "fetch">>;
type Fetch = Connection["fetch"];

export function openBoard({ folder: given, url, actor }: Where): Board {
  const folder = resolve(given);
  let connection: Promise<Connection> | undefined;
  let local: Promise<LocalBoard> | undefined;

  async function openHere(): Promise<LocalBoard> {
    assertBoard(folder);
    const { openLocal } = await import("../local.ts");
    return orNoBoard(openLocal(folder));
  }

  const here: Fetch = async (address, init) => (await (local ??= openHere())).fetch(address, init);

  /** Where nobody listens any more, the holder ended without a word, and the folder is free. */
  const served: Fetch = async (address, init) => {
    try {
      return await send(address, init);
    } catch (error) {
      if (!wasRefused(error)) throw error;
      return here(address, init);
    }
  };

  async function connect(): Promise<Connection> {
    if (url !== undefined) return { baseUrl: url.replace(/\/$/, ""), fetch: send };
    const baseUrl = serverOf(folder);
    if (baseUrl !== undefined) return { baseUrl, fetch: served };
    try {
      await (local ??= openHere());
      return { baseUrl: "http://localhost", fetch: here };
    } catch (error) {
      // Of two that start at the same time, the server may have been quicker.
      local = undefined;
      const started = error instanceof NoBoard ? serverOf(folder) : undefined;
      if (started === undefined) throw error;
      return { baseUrl: started, fetch: send };
    }
  }

  return {
    folder,
    actor,
    async client(as = actor) {
      const current = async () =>
        createClient({ ...(await (connection ??= connect())), actor: as });
      const { url: addressOf } = await current();
      const { call } = persistent({
        current,
        isHere: () => local !== undefined,
        forget: () => (connection = undefined),
      });
      return { call, url: addressOf };
    },
    server(as = actor) {
      const baseUrl = url?.replace(/\/$/, "") ?? serverOf(folder);
      return baseUrl === undefined ? undefined : createClient({ baseUrl, fetch: send, actor: as });
    },
    get isOpenHere() {
      return local !== undefined;
    },
    async release() {
      const opened = local;
      local = undefined;
      connection = undefined;
      await opened?.then(
        (board) => board.close(),
        () => {},
      );
    },
  };
}

/** By its name: the class is loaded with everything else that opens a folder. */
export async function orNoBoard<T>(opening: Promise<T>): Promise<T> {
  return opening.catch((error: unknown) => {
    const isClosed = error instanceof Error && error.name === "CannotOpen";
    throw isClosed ? new NoBoard(error.message) : error;
  });
}

export function isBoard(folder: string): boolean {
  return ["state", "events"].some((name) => exists(join(folder, name)));
}

/** @throws NoBoard */
export function assertBoard(folder: string): void {
  if (isBoard(folder)) return;
  throw new NoBoard(
    `There is no board in ${folder}. Make one with kyros init, or name another folder with --dir.`,
  );
}

export function holderOf(folder: string): Holder | undefined {
  return readHolder({ readText }, join(folder, ".kyros"));
}

/**
 * Where the owner of the folder listens. A note left by one that was killed is not believed: by now
 * another board's server may listen there. Nor is one that names another machine: a server listens on
 * this one only, and a note can come with somebody else's commit.
 */
function serverOf(folder: string): string | undefined {
  const holder = holderOf(folder);
  const url = holder !== undefined && mayLive(holder) ? holder.url : undefined;
  return url !== undefined && URL.canParse(url) && isLoopback(new URL(url).hostname)
    ? url
    : undefined;
}
