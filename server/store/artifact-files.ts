/** What workers leave for a person to accept: files beside the records, in git like them. */
import { hash } from "node:crypto";
import { dirname, join } from "node:path";
import { newToken } from "../kernel/ids.ts";
import { errorCode, realDisk } from "./disk.ts";
import { StoreFault } from "./port.ts";

export function createArtifactFiles(folder: string) {
  return {
    digest: (content: string): string => hash("sha256", content, "hex"),

    /**
     * Durable, and whole, when it resolves. A file that is there already stays: it is named after its
     * content. Answers whether it was written.
     *
     * @throws StoreFault
     */
    async write(path: string, content: string): Promise<boolean> {
      const target = join(folder, path);
      try {
        if (realDisk.stamp(target) !== undefined) return false;
        await writeWhole(target, content);
        return true;
      } catch (error) {
        const code = errorCode(error);
        if (code === undefined) throw error;
        throw new StoreFault(
          code === "ENOSPC" ? "storage-full" : "store-unavailable",
          `${path} cannot be written (${code}). Nothing was changed; mend the disk and report again.`,
        );
      }
    },

    remove: (path: string): Promise<void> => realDisk.drop(join(folder, path)),
  };
}

async function writeWhole(target: string, content: string): Promise<void> {
  const parent = dirname(target);
  // From the top: a link is only seen where it is the last name.
  for (const path of [dirname(parent), parent]) realDisk.makeFolder(path);
  const temporary = join(parent, `.${newToken()}.kyros-tmp`);
  const file = realDisk.open(temporary, "new");
  try {
    await file.write([Buffer.from(content)]);
    await file.sync();
    realDisk.rename(temporary, target);
  } catch (error) {
    await realDisk.drop(temporary);
    throw error;
  } finally {
    file.close();
  }
  await realDisk.syncFolder(parent);
}
