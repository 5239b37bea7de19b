/**
 * Opens a stream as an answer. A browser's EventSource gives up for good on any status but 200, so
 * whatever stands against a stream is said in the stream.
 */
import type { KyrosEvent } from "#contracts/event";
import type { ProblemCode } from "#contracts/problem";
import type { Refusal } from "../../kernel/refusal.ts";
import type { NoPlace, Place } from "../../store/places.ts";
import { headerOf, sentPath, type HttpContext } from "../env.ts";
import { toProblem } from "../problem.ts";
import type { Headers, Reply, Streaming } from "../reply.ts";
import type { TailHub } from "./hub.ts";
import { bye, reset, type TailMode } from "./messages.ts";
import { socketSink, streamSink } from "./sink.ts";

const STREAM_HEADERS: Headers = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  // nginx would hold events back to fill its buffers.
  "X-Accel-Buffering": "no",
};

/** A stream too many: somebody will have gone by then. */
const CROWDED_RETRY_MS = 10_000;
/** The same request will be refused again; an EventSource repeats it all the same. */
const HOPELESS_RETRY_MS = 3_600_000;

export function stream(
  c: HttpContext,
  hub: TailHub,
  from: Place | NoPlace,
  mode: TailMode,
  filter: { readonly key: string; readonly wants: (event: KyrosEvent) => boolean },
): Reply {
  if (c.req.method === "HEAD") return { status: 200, body: null, headers: STREAM_HEADERS };
  if ("reset" in from) {
    return farewell(reset({ reason: from.reset, cursor: hub.log.headCursor }, false));
  }
  if (hub.isFull) {
    const reason = "too many streams are open; this one may come back in a while";
    return farewell(bye({ reason, retry_ms: CROWDED_RETRY_MS }));
  }
  const subscription = { from, mode, filterKey: filter.key, wants: filter.wants };
  const body: Streaming = {
    toSocket: (outgoing) => hub.open(subscription, socketSink(outgoing)),
    toStream() {
      const { open, stream: readable } = streamSink();
      hub.open(subscription, open);
      return readable;
    },
  };
  return { status: 200, body, headers: STREAM_HEADERS };
}

/** A page of another origin gets no stream at all; everybody else is told in words it can read. */
export function sayInStream(c: HttpContext, refusal: Refusal<ProblemCode>): Reply | undefined {
  const accepted = headerOf(c, "accept") ?? "";
  if (refusal.code === "forbidden" || !accepted.startsWith("text/event-stream")) return undefined;
  const problem = toProblem(refusal, sentPath(c));
  const retry_ms = problem.retryable === true ? CROWDED_RETRY_MS : HOPELESS_RETRY_MS;
  return farewell(bye({ reason: refusal.detail, retry_ms, problem }));
}

/** A stream that ends as soon as it has said why. */
function farewell(text: string): Reply {
  return { status: 200, body: text, headers: STREAM_HEADERS };
}
