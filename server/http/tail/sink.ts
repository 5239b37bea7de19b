/** Where a stream's bytes go, and how it tells that there is room for more. */
import type { ServerResponse } from "node:http";

export interface Sink {
  readonly hasRoom: boolean;
  write(bytes: Uint8Array): void;
  /** Ends after what was written. */
  end(): void;
  /** Breaks the connection, whatever is still on its way. */
  destroy(): void;
}

export interface SinkEvents {
  onRoom(): void;
  /** The other side has gone. */
  onGone(): void;
}

export type OpenSink = (events: SinkEvents) => Sink;

/** Buffered for one connection, besides what its socket takes. */
const BUFFER_BYTES = 256 * 1024;

/**
 * Straight to the socket. Through a web stream each piece would cost a promise, a queue and three
 * writes, and through the response a tick in which it is held back: a thousand readers feel either.
 */
export function socketSink(outgoing: ServerResponse): OpenSink {
  return (events) => {
    outgoing.flushHeaders();
    outgoing.on("close", () => events.onGone());
    const { socket } = outgoing;
    // Without one it waits behind an answer on the same connection, and keeps what it is given.
    const target = socket ?? outgoing;
    target.on("drain", () => events.onRoom());
    return {
      get hasRoom() {
        return outgoing.writable && target.writable && target.writableLength < BUFFER_BYTES;
      },
      write: (bytes) => void target.write(bytes),
      end: () => void outgoing.end(),
      destroy: () => void outgoing.destroy(),
    };
  };
}

/** For a caller in the same process. */
export function streamSink(): {
  readonly open: OpenSink;
  readonly stream: ReadableStream<Uint8Array>;
} {
  let events: SinkEvents | undefined;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      pull: () => events?.onRoom(),
      cancel: () => {
        controller = undefined;
        events?.onGone();
      },
    },
    { highWaterMark: BUFFER_BYTES, size: (chunk) => chunk.byteLength },
  );
  const sink: Sink = {
    get hasRoom() {
      return (controller?.desiredSize ?? 0) > 0;
    },
    write: (bytes) => controller?.enqueue(bytes),
    end() {
      controller?.close();
      controller = undefined;
    },
    destroy() {
      controller?.error(new Error("the stream was broken off"));
      controller = undefined;
    },
  };
  const open: OpenSink = (given) => {
    events = given;
    return sink;
  };
  return { open, stream };
}
