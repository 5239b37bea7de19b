/** What `/metrics` shows (Prometheus), and the places where it is counted. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { HealthCheck, Store } from "../store/port.ts";

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(store: Pick<Store, "events" | "health">) {
  const registry = new Registry();
  const registers = [registry];
  const durations = new Histogram({
    name: "kyros_http_request_duration_seconds",
    help: "Time from the request's arrival to its answer",
    labelNames: ["operation", "status"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const events = new Counter({
    name: "kyros_events_total",
    help: "Events that became durable since the start",
    registers,
  });
  const commits = new Counter({
    name: "kyros_commits_total",
    help: "Commits that became durable since the start",
    registers,
  });
  const batches = new Histogram({
    name: "kyros_batch_commits",
    help: "Commits that shared one write to the disk",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers,
  });
  const streams = new Gauge({
    name: "kyros_event_streams",
    help: "Open event streams",
    registers,
  });
  const cut = new Counter({
    name: "kyros_event_streams_cut_total",
    help: "Event streams that ended because their reader was too slow",
    registers,
  });
  const checks = new Gauge({
    name: "kyros_store_check",
    help: "1 when a check of the store passes",
    labelNames: ["check"],
    registers,
  });
  let processMetrics = false;

  let seen = store.events.head;
  const stop = store.events.subscribe(() => {
    const news = store.events.recent(seen) ?? [];
    const ended = news.filter((entry) => entry.endsCommit).length;
    seen = store.events.head;
    events.inc(news.length);
    commits.inc(ended);
    batches.observe(ended);
  });

  return {
    stop,
    streams,
    cut,
    request: recorder(durations),
    contentType: registry.contentType,
    async text(): Promise<string> {
      // They watch the garbage collector and the event loop: only for those who look.
      if (!processMetrics) collectDefaultMetrics({ register: registry });
      processMetrics = true;
      setChecks(checks, await store.health());
      return registry.metrics();
    },
  };
}

/** Looking a label set up costs more than counting, so each one is looked up once. */
function recorder(durations: Histogram<"operation" | "status">) {
  type Child = Histogram.Internal<"operation" | "status">;
  const known = new Map<string, Map<number, Child>>();
  return (operation: string, status: number, ms: number) => {
    const statuses = known.get(operation) ?? new Map<number, Child>();
    if (statuses.size === 0) known.set(operation, statuses);
    const child = statuses.get(status) ?? durations.labels(operation, String(status));
    statuses.set(status, child);
    child.observe(ms / 1_000);
  };
}

function setChecks(gauge: Gauge<"check">, health: Record<string, HealthCheck>): void {
  for (const [check, { ok }] of Object.entries(health)) gauge.set({ check }, ok ? 1 : 0);
}
