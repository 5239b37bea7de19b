/** For clients that want a version in the path. */
export const API_PREFIX = "/api/v1";

/** Where each operation is served. */
export const PREFIXES = ["", API_PREFIX] as const;
