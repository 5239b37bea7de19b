import { expect } from "vitest";
import type { TestApp } from "./client.ts";

/** Reads a stream of server-sent events as a client would (WHATWG HTML, section 9.2.6). */
export interface Message {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

export class StreamReader {
  /** Everything that came so far. */
  readonly messages: Message[] = [];
  text = "";
  ended = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(response: Response) {
    if (response.body === null) throw new Error("no body");
    this.#reader = response.body.getReader();
  }

  /** Reads on until a message of this name has come, or the stream has ended. */
  async until(event: string, count = 1): Promise<Message[]> {
    while (!this.ended && this.named(event).length < count) await this.#read();
    return this.named(event);
  }

  /** Reads on until an event of this name has come, by itself or in a batch. */
  async untilEvent(name: string): Promise<void> {
    while (!this.ended && !this.fields("event").includes(name)) await this.#read();
  }

  async toEnd(): Promise<Message[]> {
    while (!this.ended) await this.#read();
    return this.messages;
  }

  named(event: string): Message[] {
    return this.messages.filter((message) => message.event === event);
  }

  /** Of all events that came, single or in batches, what a field says. */
  fields(name: string): unknown[] {
    return this.messages
      .flatMap(({ data }) => (Array.isArray(data) ? (data as unknown[]) : [data]))
      .filter((event) => typeof event === "object" && event !== null && "actor" in event)
      .map((event) => (event as Record<string, unknown>)[name]);
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const { value, done } = await this.#reader.read();
    this.ended = done;
    const text = value === undefined ? "" : this.#decoder.decode(value, { stream: true });
    this.text += text;
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) this.#take(block);
  }

  #take(block: string): void {
    const fields = new Map(
      block.split("\n").map((line): [string, string] => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    this.messages.push({
      event: fields.get("event") ?? "message",
      id: fields.get("id"),
      data: JSON.parse(fields.get("data") ?? "null"),
    });
  }
}

export async function tail(
  { app }: TestApp,
  query = "",
  headers: Record<string, string> = {},
): Promise<StreamReader> {
  const response = await app.request(`/collab/events/tail${query}`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  return new StreamReader(response);
}

/** One commit of so many events. */
export async function append(
  { ask }: TestApp,
  events: readonly string[],
  actor = "agent-1",
): Promise<void> {
  await ask("POST", "/collab/events", { json: events.map((event) => ({ event, actor })) });
}

/** All of the log, and then what comes. */
export const START = "?since=2000-01-01T00:00:00Z";
