import { isAbsolute, relative, sep } from "node:path";

/** Whether a path lies in a folder, however deep. */
export function isUnder(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
