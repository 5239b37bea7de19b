import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root, without a slash at its end. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Every file of the tree as git knows it: tracked, or new and not ignored. */
export function listFiles(): string[] {
  const out = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  return out.split("\0").filter((path) => path !== "" && existsSync(`${ROOT}/${path}`));
}

export function listSources(): string[] {
  return listFiles().filter((path) => /\.[cm]?[jt]sx?$/.test(path) && !path.endsWith(".d.ts"));
}
