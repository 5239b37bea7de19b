/** Where the work of a task lies: what may be written there, and what may be followed as a link. */

/** The address as a link, if a click on it is harmless: nothing but the web. */
export function toWebLink(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol) ? url.href : undefined;
}

/** Without what every address has: "github.com/kyros/board". */
export function toShortAddress(text: string): string {
  return text.replace(/^https?:\/\//, "").replace(/(\.git)?\/?$/, "");
}

export function repositoryProblem(text: string): string | undefined {
  if (text === "" || toWebLink(text) !== undefined) return undefined;
  return "Give an address that begins with https:// or http://.";
}

/** As `git check-ref-format --branch` judges it. */
export function branchProblem(text: string): string | undefined {
  if (text === "") return undefined;
  // oxlint-disable-next-line no-control-regex -- git forbids just these characters
  if (/[\u0000-\u0020\u007F~^:?*[\\]/.test(text))
    return "A branch name has no spaces and none of ~ ^ : ? * [ \\.";
  const isRefused =
    /^[-/]|\/$|\.$|\.\.|\/\/|@\{|^@$/.test(text) ||
    text.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"));
  return isRefused ? "Git would not take this as the name of a branch." : undefined;
}
