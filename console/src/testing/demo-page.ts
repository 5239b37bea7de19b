/** A page over the demonstration's server, which tells it nothing by itself: what others do, it learns from answers. */
import { vi } from "vitest";
import { startRuntime, type Runtime } from "../app/runtime.ts";
import { createDemo } from "../demo/demo-server.ts";

export interface DemoPage {
  readonly demo: ReturnType<typeof createDemo>;
  readonly page: Runtime;
  /** Every change that was sent. */
  readonly sent: readonly Request[];
}

export async function openDemoPage(): Promise<DemoPage> {
  const demo = createDemo({ alive: false });
  const sent: Request[] = [];
  const page = startRuntime({
    fetch: (request) => {
      if (request.method !== "GET") sent.push(request.clone());
      return demo.fetch(request);
    },
    openTail: (tell) => {
      tell({ type: "hello", data: "{}", resumed: false });
      return { retryNow: () => undefined, close: () => undefined };
    },
  });
  page.live.start();
  await vi.waitUntil(() => page.live.loaded.get());
  return { demo, page, sent };
}
