/**
 * Without authentication, being on this machine is what stands for permission. A web page in the
 * user's browser is on this machine too, so what it may send is told apart here:
 *
 *   1. `Host` must name this machine. A page that reaches us by DNS rebinding sends its own name.
 *   2. `Origin`, where there is one, must be of this machine. A form on another site sends its own.
 *   3. `Sec-Fetch-Site` must not say that another site asks, be it by a picture, a script or a frame:
 *      these are sent without an `Origin`. Only a link that somebody follows may lead here.
 */
import { refuse, type Refusal } from "../kernel/refusal.ts";

const HOST =
  /^(localhost|[a-z0-9-]+\.localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;
const ORIGIN = /^https?:\/\/(.+)$/i;

function isLocalHost(host: string): boolean {
  return HOST.test(host);
}

/** What a browser says of where a request comes from and where it goes; each may be absent. */
export interface Whence {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Fetch metadata: `Sec-Fetch-Site` and `Sec-Fetch-Dest`. */
  readonly site: string | undefined;
  readonly dest: string | undefined;
}

export function checkLocal({ host, origin, site, dest }: Whence): Refusal<"forbidden"> | undefined {
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
  if (site === "cross-site" && dest !== "document") {
    return refuse(
      "forbidden",
      "Pages of other sites may not load anything from this server. Open the console on this machine instead.",
    );
  }
  return undefined;
}
