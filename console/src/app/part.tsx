/**
 * Parts of the page that are loaded when the page has nothing else to do, or when they are needed
 * before that. One that cannot be loaded, since the server is away, comes when the server is back.
 */
import { Button } from "@carbon/react";
import { Suspense, lazy, type ComponentType, type ReactNode } from "react";
import { EmptyState } from "../ui/empty-state.tsx";
import { createStore, usePicked, useStore } from "../ui/store.ts";
import { runtime } from "./runtime.ts";

/** Grows while it is walked: a part may have parts of its own. */
const known: (() => Promise<unknown>)[] = [];

/** How to try again, for each part that could not be loaded. */
const missing = createStore<readonly (() => void)[]>([]);

export function part<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  known.push(load);
  return lazy(async () => ({ default: await loadAtLast(load) }));
}

/** Never gives up: React would remember the failure and never ask again. */
async function loadAtLast<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await nextTry();
    }
  }
}

function nextTry(): Promise<void> {
  return new Promise((again) => {
    missing.update((others) => [...others, again]);
  });
}

export function retryParts(): void {
  const all = missing.get();
  missing.set([]);
  for (const again of all) again();
}

/** So that none of them is missed when the server goes away later. What fails now waits until it is wanted. */
export async function loadAllParts(): Promise<void> {
  for (const load of known) {
    await whenIdle();
    await load().catch(() => undefined);
  }
}

function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no such call.
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve());
    else setTimeout(resolve, 100);
  });
}

interface PartsProps {
  readonly children: ReactNode;
  /** What stands there while it is on its way. */
  readonly fallback?: ReactNode;
  /** Where to say that it is missing: in its place, or in the corner where it has none. Else the fallback does. */
  readonly missingIn?: "page" | "panel" | "corner";
}

/** Around one or more parts. */
export function Parts({ children, fallback = null, ...where }: PartsProps) {
  return <Suspense fallback={<Pending {...where}>{fallback}</Pending>}>{children}</Suspense>;
}

function Pending({ children, missingIn }: Omit<PartsProps, "fallback">) {
  const isMissing = usePicked(missing, (parts) => parts.length > 0);
  if (!isMissing || missingIn === undefined) return children;
  if (missingIn === "page") return <Missing />;
  if (missingIn === "corner")
    return (
      <div className="missing">
        <Missing />
      </div>
    );
  return (
    <aside className="panel">
      <Missing />
    </aside>
  );
}

function Missing() {
  const { live } = runtime();
  const { status } = useStore(live.connection);
  const again = () => {
    live.retryNow();
    retryParts();
  };
  return (
    <EmptyState
      title="This part of the page is missing"
      action={
        <Button size="sm" kind="tertiary" onClick={again}>
          Try again
        </Button>
      }
    >
      {status === "live"
        ? "It could not be loaded. If trying again does not help, reload the page."
        : "The server does not answer. It comes by itself as soon as the server is back."}
    </EmptyState>
  );
}
