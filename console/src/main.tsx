import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { loadAllParts, retryParts } from "./app/part.tsx";
import { followLeases } from "./live/follow-leases.ts";
import { SERVER, startRuntime, type Backend } from "./app/runtime.ts";
import "./styles/main.scss";

/** The first picture, and what the person came for, have been drawn by then. */
const PARTS_AFTER_MS = 2_000;

// Without an await at the top: the demonstration imports from the very file that would wait for it.
void start();

async function start(): Promise<void> {
  const root = document.querySelector("#root");
  if (root === null) throw new Error("the page has no root");

  const { live } = startRuntime(await backend());
  live.start();
  followLeases(live);
  live.connection.subscribe(() => live.connection.get().status === "live" && retryParts());
  setTimeout(() => void loadAllParts(), PARTS_AFTER_MS);
  // A page that comes back from the browser's back/forward cache has left the shared stream.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });

  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

async function backend(): Promise<Backend> {
  if (!KYROS_DEMO_MODE) return SERVER;
  const { createDemo } = await import("./demo/demo-server.ts");
  return createDemo({ alive: true });
}
