/**
 * A process that opens a folder and commits to it until it is ended, for tests that end it. It says
 * on stdout what was acknowledged, each in one write before it goes on, so that what was said was so.
 *
 *   node child.ts <folder> pairs <count>     two records and an agent in each commit, one after another
 *   node child.ts <folder> files <count>     the same, each in a new file of the log
 *   node child.ts <folder> race <writers>    writers that set one counter by what they saw, for ever
 */
import { writeSync } from "node:fs";
import { createClock } from "../../kernel/clock.ts";
import { refuse } from "../../kernel/refusal.ts";
import { kinds } from "../../kinds.ts";
import { openFileStore } from "../open-file-store.ts";
import { accept, put, StoreFault, type Store } from "../port.ts";
import { anAgent, aTask, change } from "../testing/records.ts";

const [folder = "", mode = "", count = "1"] = process.argv.slice(2);

function say(word: string, ...values: readonly unknown[]): void {
  writeSync(1, `${JSON.stringify([word, ...values])}\n`);
}

async function pairs(store: Store): Promise<void> {
  for (let index = 0; index < Number(count); index += 1) {
    const title = `pair ${process.pid} ${index}`;
    try {
      const done = await change(store, [
        put("tasks", aTask("L-1", { title })),
        put("tasks", aTask("R-1", { title })),
        put("agents", anAgent("agent-1", { role: title })),
      ]);
      if (done.ok) say("done", title, done.eventIds);
    } catch (fault) {
      if (!(fault instanceof StoreFault)) throw fault;
      say("fault", title, fault.code, fault.more["outcome"] ?? "");
    }
  }
}

/** Compare and swap, as with `If-Match`: each acknowledged step names the ETag it replaced. */
async function race(store: Store): Promise<void> {
  await Promise.all(
    Array.from({ length: Number(count) }, async (_, writer) => {
      for (let turn = 0; ; turn += 1) {
        const seen = store.read().get("tasks", "T-1")?.etag ?? "";
        const key = `${process.pid}-${writer}-${turn}`;
        const done = await store.commit(
          (view) => {
            const entry = view.get("tasks", "T-1");
            if ((entry?.etag ?? "") !== seen) return refuse("precondition-failed", "too late");
            const task = { ...(entry?.record ?? aTask("T-1")), title: `by ${key}` };
            const changes = [put("tasks", task)];
            return accept(
              (after) => ({ from: seen, to: after.get("tasks", "T-1")?.etag }),
              [{ event: "raced", target: "task:T-1", changes }],
            );
          },
          { actor: "racer", idempotency: { key, fingerprint: key } },
        );
        if (done.ok) say("won", key, done.value);
      }
    }),
  );
}

const segments = mode === "files" ? { segmentBytes: 1 } : {};
const store = await openFileStore({ folder, kinds, clock: createClock(), ...segments });
say("open");
if (mode === "race") await race(store);
else await pairs(store);
await store.close();
say("closed");
