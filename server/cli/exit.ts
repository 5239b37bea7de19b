/** How a command ends. Scripts rely on these numbers; `docs/cli.md` lists them. */
export const EXIT = {
  ok: 0,
  /** Refused by a rule, or, for `verify` and `doctor`: something is wrong. */
  refused: 1,
  usage: 2,
  /** There is nothing to claim. */
  nothing: 3,
  /** No server answers and the folder cannot be opened, or the store cannot do its work. */
  unreachable: 4,
  /** The lease that a command ran under was lost. */
  lost: 5,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** A command that ends before its time, with a sentence that says what to do next. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exit: Exit;

  constructor(exit: Exit, text: string) {
    super(text);
    this.exit = exit;
  }
}

/** The command was not understood. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";

  constructor(text: string) {
    super(EXIT.usage, text);
  }
}

/** There is no board to talk to. */
export class NoBoard extends CommandError {
  override readonly name = "NoBoard";

  constructor(text: string) {
    super(EXIT.unreachable, text);
  }
}
