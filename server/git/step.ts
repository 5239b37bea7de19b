/** One thing that `kyros init` sees to, which knows whether it is done. */
export interface Step {
  /** What is there once it is done, such as `merge driver for state files`. */
  readonly what: string;
  readonly isDone: boolean;
  /** Why it cannot be done here, and what to do instead. */
  readonly obstacle?: string;
  apply(): void;
}
