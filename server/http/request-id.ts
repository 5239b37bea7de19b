import { newToken } from "../kernel/ids.ts";

/**
 * Names for requests: the caller's own where it is harmless in a log, else the process's random
 * prefix and a count. Drawing fresh randomness for each would cost more than the rest of a small read.
 */
export function createRequestIds(): (given: string | undefined) => string {
  const prefix = newToken().slice(0, 10);
  let count = 0;
  return (given) => {
    if (given !== undefined && /^[A-Za-z0-9._:-]{1,128}$/.test(given)) return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
