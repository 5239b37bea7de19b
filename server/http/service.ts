/** What the server says about itself: health, metrics, its own description, pages. */
import { refuse } from "../kernel/refusal.ts";
import type { HealthCheck, Store } from "../store/port.ts";
import type { Edge, Exchange } from "./edge.ts";
import { sentPath, type HttpApp } from "./env.ts";
import { fixed } from "./fixed.ts";
import { isRefusal, type Answered } from "./call.ts";
import type { Metrics } from "./metrics.ts";
import { consoleReply } from "./pages/console.ts";
import { docsReply } from "./pages/docs.ts";
import { problemIndex, problemPage } from "./pages/problems.ts";
import { API_PREFIX } from "./prefixes.ts";
import { json, type Reply } from "./reply.ts";

export interface ServicePorts {
  readonly app: HttpApp;
  readonly edge: Edge;
  readonly store: Pick<Store, "health">;
  readonly metrics: Metrics;
  /** Where the console and the page of the API were built to. */
  readonly built: { readonly console: string; readonly docs: string };
}

/** Paths that are no operations of the contract. */
export const PAGES = [
  "/",
  "/metrics",
  "/openapi.json",
  "/docs",
  "/docs/{file}",
  "/problems",
  "/problems/{code}",
  "/console",
  "/console/{path}",
] as const;

type Path = (typeof PAGES)[number] | "/healthz" | "/readyz";

export function mountService({ app, edge, store, metrics, built }: ServicePorts): void {
  function get(
    path: Path,
    handle: (exchange: Exchange) => Answered<Reply> | Promise<Answered<Reply>>,
    isProbe = false,
  ): void {
    const send = (exchange: Exchange, answer: Answered<Reply>) =>
      isRefusal(answer) ? edge.refuse(exchange, answer) : edge.send(exchange, answer);
    const handler = edge.handler(
      path,
      (exchange) => {
        const answer = handle(exchange);
        if (!(answer instanceof Promise)) return send(exchange, answer);
        return answer.then((given) => send(exchange, given));
      },
      { isProbe },
    );
    app.get(path.replace("{path}", "*").replace(/\{(\w+)\}/, ":$1"), handler);
    if (isApi(path)) app.get(API_PREFIX + path, handler);
  }

  get("/healthz", () => json({ status: "alive" }), true);
  get("/readyz", () => readiness(edge, store), true);
  get("/metrics", () => metricsReply(metrics), true);
  let description: ReturnType<typeof describe> | undefined;
  get("/openapi.json", async (exchange) => (await (description ??= describe()))({ exchange }));
  get("/docs", ({ c }) => docsReply(c, built.docs));
  get("/docs/{file}", ({ c }) => docsReply(c, built.docs));
  get("/problems", () => problemIndex());
  get("/problems/{code}", ({ c }) => problemPage(c.req.param("code") ?? "", sentPath(c)));
  get("/", () => redirect("/console/"));
  get("/console", () => redirect("/console/"));
  get("/console/{path}", ({ c }) => consoleReply(c, built.console));
}

/** Read when somebody asks: a command that starts for a moment has no use for it. */
async function describe() {
  const openapi = await import("../../contracts/openapi.json", { with: { type: "json" } });
  return fixed(openapi.default);
}

/** Pages link to each other by their paths; only what programs read is there twice. */
function isApi(path: Path): boolean {
  return ["/healthz", "/readyz", "/metrics", "/openapi.json"].includes(path);
}

/** @returns 200, or the problem with the checks that fail. */
async function readiness(edge: Edge, store: Pick<Store, "health">): Promise<Answered<Reply>> {
  if (edge.isDraining) return refuse("draining", "The server is shutting down.");
  const checks: Record<string, HealthCheck> = await store.health();
  const failing = Object.entries(checks).filter(([, { ok }]) => !ok);
  if (failing.length === 0) return json({ status: "ready", checks });
  const reasons = failing.map(([name, { detail }]) => `${name}: ${detail}`).join("; ");
  return refuse("store-unavailable", `Not ready. ${reasons}`, { checks });
}

async function metricsReply(metrics: Metrics): Promise<Reply> {
  const headers = { "Content-Type": metrics.contentType, "Cache-Control": "no-store" };
  return { status: 200, body: await metrics.text(), headers };
}

function redirect(to: string): Reply {
  return { status: 302, body: null, headers: { Location: to } };
}
