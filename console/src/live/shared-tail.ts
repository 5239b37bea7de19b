import { createTail, type Tail, type TailMessage } from "./tail.ts";
import type { TabMessage } from "./tail.worker.ts";

export type OpenTail = (tell: (message: TailMessage) => void) => Tail;

/**
 * The stream of the whole browser: HTTP/1.1 allows six connections to a host over all tabs, so a
 * stream of its own per tab would stop the seventh tab from loading at all.
 */
export const openSharedTail: OpenTail = (tell) => {
  if (typeof SharedWorker === "undefined") return createTail("/collab/events/tail", tell);
  const worker = new SharedWorker(new URL("./tail.worker.ts", import.meta.url), {
    type: "module",
    name: "kyros-tail",
  });
  const post = (message: TabMessage) => worker.port.postMessage(message);
  const leave = () => post({ type: "leave" });
  worker.port.addEventListener("message", ({ data }: MessageEvent<TailMessage>) => tell(data));
  worker.port.start();
  addEventListener("pagehide", leave);
  return {
    retryNow: () => post({ type: "retry" }),
    close() {
      removeEventListener("pagehide", leave);
      leave();
      worker.port.close();
    },
  };
};
