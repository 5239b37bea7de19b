import { conditional } from "../../http/conditional-reply.ts";
import type { Mount } from "../../http/mount.ts";
import type { State } from "./state.ts";

export function mountState(mount: Mount, state: State): void {
  mount.reply("getState", ({ exchange, params: { kind }, query: { at } }) => {
    if (at === undefined) return conditional(exchange.c, state.now(kind));
    return state
      .at(kind, at)
      .then((past) => ("code" in past ? past : conditional(exchange.c, past)));
  });
}
