/** What a worker says of itself, a line at a time. */
export interface News {
  readonly what:
    | "not_enforced"
    | "cleared_away"
    | "ready"
    | "no_answer"
    | "answer_again"
    | "claimed"
    | "started"
    | "succeeded"
    | "failed"
    | "blocked"
    | "lease_lost"
    | "handed_back"
    | "draining"
    | "stopped";
  readonly task?: string;
  readonly executor?: string;
  readonly detail: string;
}

export type Tell = (news: News) => void;
