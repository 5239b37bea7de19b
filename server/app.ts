/**
 * Puts the parts together. Nothing here needs a socket: the command line calls the same app in its own
 * process, and tests do.
 */
import { Hono } from "hono";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { createCore } from "./core.ts";
import { mountAgents } from "./features/agents/routes.ts";
import { createEvents } from "./features/events/events.ts";
import { mountEvents } from "./features/events/routes.ts";
import { mountLeases } from "./features/leases/routes.ts";
import { mountState } from "./features/state/routes.ts";
import { createState } from "./features/state/state.ts";
import { mountTasks } from "./features/tasks/routes.ts";
import { Edge } from "./http/edge.ts";
import type { Env, HttpApp } from "./http/env.ts";
import { createMethods } from "./http/methods.ts";
import { mountMcp } from "./http/mcp.ts";
import { createMetrics } from "./http/metrics.ts";
import { createMount } from "./http/mount.ts";
import { RateLimit } from "./http/rate-limit.ts";
import { mountService, PAGES, type ServicePorts } from "./http/service.ts";
import { TailHub } from "./http/tail/hub.ts";
import { kinds } from "./kinds.ts";
import { createArtifactFiles } from "./store/artifact-files.ts";
import { createHumanLogFile } from "./store/human-log-file.ts";
import type { Store } from "./store/port.ts";

export interface AppPorts {
  readonly store: Store;
  readonly config: Pick<
    Config,
    "leaseTtlSeconds" | "agentOfflineAfterSeconds" | "rateLimitPerSecond" | "maxStreams"
  >;
  readonly log: Logger;
  /** The collaboration folder. */
  readonly folder: string;
  readonly built: ServicePorts["built"];
}

export interface App {
  readonly app: HttpApp;
  /** Watches leases and agents. Without it their time is up only when somebody asks. */
  start(): Promise<void>;
  /** Says bye to every stream, asks every new request to come back later, and stops watching. */
  drain(): Promise<void>;
}

/** How long a reader waits before it looks for the server's successor. */
const COME_BACK_MS = 2_000;

export function createApp({ store, config, log, folder, built }: AppPorts): App {
  const app: HttpApp = new Hono<Env>();
  const metrics = createMetrics(store);
  const perSecond = config.rateLimitPerSecond;
  const rateLimit = perSecond === 0 ? undefined : new RateLimit(perSecond);
  const edge = new Edge({ store, log, metrics, rateLimit });
  const methods = createMethods(edge, PAGES);
  const onFault = (fault: unknown) =>
    log.error({ err: fault }, "failed where nobody waits for an answer");
  store.events.onBug(onFault);
  const hub = new TailHub({ store, maxStreams: config.maxStreams, metrics, onFault });
  const { tasks, leases, agents } = createCore({
    store,
    artifactFiles: createArtifactFiles(folder),
    leaseTtlSeconds: config.leaseTtlSeconds,
    agentOfflineAfterSeconds: config.agentOfflineAfterSeconds,
    onFault,
  });

  methods.guard(app);
  const seen = (actor: string) => agents.seen(actor);
  const mount = createMount({ app, edge, store, seen });
  mountTasks(mount, tasks);
  mountAgents(mount, agents);
  mountLeases(mount, leases);
  mountEvents(mount, createEvents({ store, humanLogFile: createHumanLogFile(folder) }), hub);
  mountState(mount, createState({ store, kinds }));
  mountService({ app, edge, store, metrics, built });
  const mcp = mountMcp({ app, edge, load: () => import("./mcp/http.ts") });
  app.notFound(methods.answer);

  return {
    app,
    async start() {
      await leases.start();
      agents.start();
    },
    drain() {
      edge.drain();
      hub.close(COME_BACK_MS);
      leases.stop();
      agents.stop();
      metrics.stop();
      return mcp.close();
    },
  };
}
