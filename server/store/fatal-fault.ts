/** The store must stop writing. `applied`: whether the batch may have come to be. */
export class FatalFault extends Error {
  override readonly name = "FatalFault";
  readonly applied: "no" | "unknown";

  constructor(message: string, applied: "no" | "unknown", cause: unknown) {
    super(message, { cause });
    this.applied = applied;
  }
}
