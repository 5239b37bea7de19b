/** What `kyros up` runs, without a process of its own. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { createApp, type App } from "../../app.ts";
import { readConfig } from "../../config.ts";
import { createHttpServer } from "../../http/listen.ts";
import { judged } from "../../http/testing/problem-judge.ts";
import { createClock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import { openFileStore } from "../../store/open-file-store.ts";

export interface BoardServer {
  readonly url: string;
  /** How many there are. */
  events(): number;
  stop(): Promise<void>;
}

export async function createBoardServer(folder: string): Promise<BoardServer> {
  const store = await openFileStore({ folder, kinds, clock: createClock(), watch: true });
  const log = pino({ level: "silent" });
  const built = { console: "", docs: "" };
  const app: App = createApp({ store, config: readConfig({}), log, folder, built });
  const server: Server = createHttpServer(judged(app.app)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  store.announce(url);
  await app.start();
  return {
    url,
    events: () => store.events.head,
    async stop() {
      await app.drain();
      server.closeAllConnections();
      server.close();
      await store.close();
    },
  };
}
