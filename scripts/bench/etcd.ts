/** etcd, the peer for compare-and-swap: one member, its data on the same disk, as Debian ships it. */
import { execFileSync } from "node:child_process";
import { newPath, type Bench } from "./bench.ts";
import { Connection, toRequest } from "./http-client.ts";
import { freePort, start, until } from "./process.ts";

/** Undefined where it is not installed. */
export function etcdVersion(): string | undefined {
  try {
    return /etcd Version: (\S+)/.exec(
      execFileSync("etcd", ["--version"], { encoding: "utf8" }),
    )?.[1];
  } catch {
    return undefined;
  }
}

export interface Etcd {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startEtcd(bench: Bench): Promise<Etcd> {
  const [port, peerPort] = [await freePort(), await freePort()];
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const program = start(newPath(bench, "etcd.log"), "etcd", [
    `--data-dir=${newPath(bench, "etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    "--log-level=error",
  ]);
  await until(async () => {
    const connection = await Connection.open(port);
    const { body } = await connection.send(toRequest("GET", "/health"));
    connection.close();
    return body.toString().includes('"true"');
  });
  return { port, stop: () => program.stop() };
}

interface Txn {
  succeeded?: boolean;
  header: { revision: string };
}

/** Keys that are only set when they are as this client left them; each belongs to one client. */
export class EtcdKeys {
  readonly #value: string;
  readonly #revisions = new Map<number, string>();

  constructor(value: Buffer) {
    this.#value = value.toString("base64");
  }

  async swap(connection: Connection, index: number): Promise<void> {
    const key = Buffer.from(`task/${index}`).toString("base64");
    const compare = {
      key,
      target: "MOD",
      result: "EQUAL",
      mod_revision: this.#revisions.get(index) ?? "0",
    };
    const success = [{ request_put: { key, value: this.#value } }];
    const body = JSON.stringify({ compare: [compare], success });
    const answer = await connection.expect(200, toRequest("POST", "/v3/kv/txn", {}, body));
    const { succeeded, header } = JSON.parse(answer.body.toString()) as Txn;
    if (succeeded !== true) throw new Error(`etcd refused a swap of key ${index}`);
    this.#revisions.set(index, header.revision);
  }
}
