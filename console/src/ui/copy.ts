import { notify } from "./notices.ts";

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify("success", `${what} copied`);
  } catch {
    notify(
      "error",
      `${what} could not be copied`,
      "The browser did not allow it; select the text instead.",
    );
  }
}
