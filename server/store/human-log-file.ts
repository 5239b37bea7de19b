/** The human log of a folder. Nothing rests on it, so it is simply appended to. */
import { dirname, join } from "node:path";
import { realDisk } from "./disk.ts";

/** From the collaboration folder. */
const NAME = "logs/log.md";

export function createHumanLogFile(folder: string) {
  const path = join(folder, NAME);
  return {
    name: NAME,
    async append(markdown: string): Promise<void> {
      realDisk.makeFolder(dirname(path));
      const file = realDisk.open(path, "append");
      try {
        await file.write([Buffer.from(markdown)]);
      } finally {
        file.close();
      }
    },
  };
}
