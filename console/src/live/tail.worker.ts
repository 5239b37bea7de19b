/** The one stream of this browser: every tab listens through a port of this worker. */
import { createTail, type Tail, type TailMessage } from "./tail.ts";

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

export type TabMessage = { readonly type: "retry" } | { readonly type: "leave" };

const scope = globalThis as unknown as SharedScope;
const ports = new Set<MessagePort>();
let tail: Tail | undefined;
/** What a tab that comes later has to know. */
let lastStatus: TailMessage | undefined;
let lastHello: Extract<TailMessage, { type: "hello" }> | undefined;

scope.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  ports.add(port);
  port.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => {
    if (data.type === "leave") leave(port);
    else tail?.retryNow();
  });
  port.start();
  for (const message of [lastHello, lastStatus]) if (message) port.postMessage(message);
  tail ??= createTail("/collab/events/tail", broadcast);
};

function leave(port: MessagePort): void {
  ports.delete(port);
  if (ports.size > 0) return;
  tail?.close();
  tail = undefined;
  lastHello = undefined;
  lastStatus = undefined;
}

function broadcast(message: TailMessage): void {
  if (message.type === "status") lastStatus = message;
  if (message.type === "hello") lastHello = { ...message, resumed: false };
  // A tab that comes now is told what comes behind this.
  if ("cursor" in message && message.cursor !== undefined && lastHello !== undefined)
    lastHello = { ...lastHello, from: message.cursor };
  for (const port of ports) port.postMessage(message);
}
