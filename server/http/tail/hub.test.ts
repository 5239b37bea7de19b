import { expect, test } from "vitest";
import { createManualClock } from "../../kernel/clock.ts";
import { sleep } from "../../kernel/timers.ts";
import { kinds } from "../../kinds.ts";
import { createMemoryStore } from "../../store/memory-store.ts";
import { accept } from "../../store/port.ts";
import { TailHub } from "./hub.ts";
import { streamSink } from "./sink.ts";

test("[S16] a live reader that asks for more is not sent the same event again", async () => {
  const store = createMemoryStore({ kinds, clock: createManualClock() });
  const metrics = { streams: { set() {} }, cut: { inc() {} } };
  const hub = new TailHub({ store, maxStreams: 10, metrics, onFault() {} });
  const { open, stream } = streamSink();
  const from = { sequence: 0, cursor: store.events.headCursor };
  hub.open({ from, mode: "single", filterKey: "", wants: () => true }, open);
  const read = readAll(stream);
  for (const event of ["first", "second", "third"]) {
    await store.commit(() => accept(() => null, [{ event, target: "" }]), { actor: "person" });
    // Longer than events wait for company, so that each is a message of its own.
    await sleep(40);
  }
  hub.close(1_000);
  const names = [...(await read).matchAll(/^event: (first|second|third)$/gm)].map(
    ([, name]) => name,
  );
  expect(names).toEqual(["first", "second", "third"]);
});

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  return text;
}
