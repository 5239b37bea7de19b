/** The store must stop writing. */
export class FatalFault extends Error {
  override readonly name = "FatalFault";
  /** Whether the batch may have come to be. */
  readonly applied: "no" | "unknown";
  /** The log has the batch and keeps it: the next start puts it into the files at the latest. */
  readonly isLogged: boolean;

  constructor(
    message: string,
    outcome: { readonly applied: "no" | "unknown"; readonly isLogged?: boolean },
    cause: unknown,
  ) {
    super(message, { cause });
    this.applied = outcome.applied;
    this.isLogged = outcome.isLogged ?? false;
  }
}

export function unconfirmed(error: unknown): FatalFault {
  const reason = error instanceof Error ? error.message : String(error);
  return new FatalFault(`the disk did not confirm a write (${reason})`, { applied: "no" }, error);
}
