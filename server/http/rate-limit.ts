/** How often one caller may call. Off unless configured: a loop on this machine is nobody's attack. */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { refuse, type Refusal } from "../kernel/refusal.ts";
import type { Headers } from "./reply.ts";

/** What the limit looks at, and where it leaves its word for the answer. */
interface Call {
  readonly principal: { readonly id: string };
  headers: Headers;
}

export class RateLimit {
  readonly #perSecond: number;
  readonly #limiter: RateLimiterMemory;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  }

  async admit(call: Call): Promise<Refusal<"rate-limited"> | undefined> {
    try {
      call.headers = this.#headers(await this.#limiter.consume(call.principal.id));
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      call.headers = this.#headers(thrown);
      return refuse(
        "rate-limited",
        `${this.#perSecond} requests a second are allowed to each caller. Wait as long as Retry-After says.`,
      );
    }
  }

  /** draft-ietf-httpapi-ratelimit-headers-11 */
  #headers(state: RateLimiterRes): Headers {
    const seconds = Math.ceil(state.msBeforeNext / 1_000);
    return {
      "RateLimit-Policy": `"default";q=${this.#perSecond};w=1`,
      RateLimit: `"default";r=${state.remainingPoints};t=${seconds}`,
    };
  }
}
