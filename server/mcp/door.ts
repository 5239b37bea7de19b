/** How the tools reach the board: in the same process, or as the command line does. */
import type { Client } from "#contracts/client";

export interface Door {
  /**
   * Runs `work` with a client that acts as `actor`; without one, a person would act.
   *
   * @throws Closed
   */
  visit<T>(actor: string | undefined, work: (client: Client) => Promise<T>): Promise<T>;
  /** Asked inside a visit: whether waiting there keeps nobody else from the board. */
  canWait(): boolean;
  /** Who acts where a call does not say it. */
  readonly actor: string | undefined;
}

/** The board cannot be reached now; the text says what to do. */
export class Closed extends Error {
  override readonly name = "Closed";
}
