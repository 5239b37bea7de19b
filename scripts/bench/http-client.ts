/**
 * The load generator's HTTP: one keep-alive connection, one request at a time, and no more parsing
 * than a measurement needs. `fetch` would spend more on a request than the server does.
 */
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  /** Status line and headers, as they came. */
  readonly head: string;
  readonly body: Buffer;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Header names as we write them; a body is JSON unless they say otherwise. */
export function toRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): string {
  const content =
    body === undefined
      ? ""
      : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  const others = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${content}${others.join("")}\r\n${body ?? ""}`;
}

export class Connection {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  #chunks: Buffer[] = [];
  #received = 0;
  /** So many bytes have to be there before looking again is of use. */
  #needed = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Connection(socket));
      });
    });
  }

  static openMany(port: number, count: number): Promise<Connection[]> {
    return Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  }

  send(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  /** An answer with the expected status, or an error that shows what came instead. */
  async expect(status: number, request: string): Promise<Answer> {
    const answer = await this.send(request);
    if (answer.status === status) return answer;
    const line = request.slice(0, request.indexOf(" HTTP/"));
    throw new Error(`${line} answered ${answer.status}: ${answer.body.toString().slice(0, 600)}`);
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#received < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = bytes.toString("latin1", 0, headEnd);
    const status = Number(head.slice(9, 12));
    const bodyStart = headEnd + 4;
    this.#needed = bodyStart + bodyLength(status, head);
    if (bytes.length < this.#needed) return;
    const body = bytes.subarray(bodyStart, this.#needed);
    this.#chunks = [];
    this.#received = 0;
    this.#needed = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status, head, body });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

const ETAG = /\r\netag: ([^\r]+)/i;

/** The same for the header that is read after every change. */
export function etagOf({ head }: Answer): string {
  const etag = ETAG.exec(head)?.[1];
  if (etag === undefined) throw new Error(`an answer without ETag:\n${head}`);
  return etag;
}

function bodyLength(status: number, head: string): number {
  if (status === 204 || status === 304) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer of unknown length:\n${head}`);
  return Number(length);
}
