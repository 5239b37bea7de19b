/**
 * Without authentication, being on this machine is what stands for permission. A web page in the
 * user's browser is on this machine too, so what it may send is told apart here:
 *
 *   1. `Host` must name this machine. A page that reaches us by DNS rebinding sends its own name.
 *   2. `Origin`, where there is one, must be of this machine. A form on another site sends its own.
 */
import { refuse, type Refusal } from "../kernel/refusal.ts";

const HOST =
  /^(localhost|[a-z0-9-]+\.localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;
const ORIGIN = /^https?:\/\/(.+)$/i;

export function isLocalHost(host: string): boolean {
  return HOST.test(host);
}

export function checkLocal(
  host: string | undefined,
  origin: string | undefined,
): Refusal<"forbidden"> | undefined {
  if (host === undefined || !isLocalHost(host)) {
    return refuse(
      "forbidden",
      `This server answers on this machine only, as localhost or 127.0.0.1; the request was for ${host ?? "no host"}.`,
    );
  }
  if (origin !== undefined && !isLocalHost(ORIGIN.exec(origin)?.[1] ?? "")) {
    return refuse(
      "forbidden",
      `Pages of ${origin} may not call this server. Open the console on this machine instead.`,
    );
  }
  return undefined;
}
