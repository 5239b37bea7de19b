/**
 * Characters that a terminal obeys instead of showing them: those below the space but for tab and line
 * feed, their twins above ASCII, and those that turn the direction of a text around.
 */
// eslint-disable-next-line no-control-regex -- it is they that are looked for
export const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export function withoutControls(text: string): string {
  return text.replace(CONTROLS, "\ufffd");
}
