/** What a judge found: how much it looked at, and what should not be. */
export interface Verdict {
  readonly claim: string;
  /** A judge that saw nothing has judged nothing. */
  readonly seen: number;
  readonly wrong: readonly string[];
}
