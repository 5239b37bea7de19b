/** The closed lists of words about tasks, for readers that load no schemas. */

export const TASK_TYPES = ["feature", "bugfix", "test", "docs", "chore"] as const;
export const PRIORITIES = ["high", "normal", "low"] as const;
