/** What `/metrics` shows (Prometheus), and the places where it is counted. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { Durations } from "./durations.ts";
import type { HealthCheck, Store } from "../store/port.ts";

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(store: Pick<Store, "events" | "health">) {
  const registry = new Registry();
  const registers = [registry];
  const durations = new Durations(
    "kyros_http_request_duration_seconds",
    "Time from the request's arrival to its answer",
  );
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
    request: durations.observe.bind(durations),
    contentType: registry.contentType,
    async text(): Promise<string> {
      // They watch the garbage collector and the event loop: only for those who look.
      if (!processMetrics) collectDefaultMetrics({ register: registry });
      processMetrics = true;
      setChecks(checks, await store.health());
      return durations.text() + (await registry.metrics());
    },
  };
}

function setChecks(gauge: Gauge<"check">, health: Record<string, HealthCheck>): void {
  for (const [check, { ok }] of Object.entries(health)) gauge.set({ check }, ok ? 1 : 0);
}
