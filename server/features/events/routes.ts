import type { TailQuery } from "#contracts/event";
import { headerOf, type HttpContext } from "../../http/env.ts";
import type { Exchange } from "../../http/edge.ts";
import type { Mount } from "../../http/mount.ts";
import { json, type Reply } from "../../http/reply.ts";
import type { TailHub } from "../../http/tail/hub.ts";
import { sayInStream, stream } from "../../http/tail/stream.ts";
import type { Events } from "./events.ts";
import { toKey, toPredicate } from "./filter.ts";

export function mountEvents(mount: Mount, events: Events, hub: TailHub): void {
  mount.query("listEvents", ({ query }) => events.list(query));
  mount.command("appendEvents", ({ principal, body, terms }) =>
    events.append(principal, body, terms),
  );
  mount.command("humanLog", ({ principal, body, terms }) =>
    events.humanLog(principal, body, terms),
  );
  mount.reply(
    "tailEvents",
    ({ exchange, query }) =>
      query.mode === "poll" ? poll(exchange, query) : tail(exchange, query),
    sayInStream,
  );

  async function poll({ c }: Exchange, query: TailQuery): Promise<Reply> {
    const signal = AbortSignal.any([c.req.raw.signal, hub.closing]);
    return json(await events.poll(query, lastEventId(c), signal));
  }

  async function tail({ c }: Exchange, query: TailQuery): Promise<Reply> {
    const from = await events.start(query, lastEventId(c));
    const filter = { key: toKey(query), wants: toPredicate(query) };
    return stream(c, hub, from, query.batch === "1" ? "batch" : "single", filter);
  }
}

/** Some clients send the field before they have an id to put into it. */
function lastEventId(c: HttpContext): string | undefined {
  const id = headerOf(c, "last-event-id");
  return id === "" ? undefined : id;
}
