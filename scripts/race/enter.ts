/** The way in, loaded only for the door that is taken. */
import type { Racer, Where } from "./racer.ts";

export async function enter(where: Where): Promise<Racer> {
  if (where.door === "http") return (await import("./http-racer.ts")).createHttpRacer(where);
  if (where.door === "mcp") return (await import("./mcp-racer.ts")).createMcpRacer(where);
  return (await import("./cli-racer.ts")).createCliRacer(where);
}
