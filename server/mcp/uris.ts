/** The names of what can be read here. */
export const BOARD_URI = "kyros://board";
export const TASK_URI_TEMPLATE = "kyros://tasks/{id}";

const TASK_URI = /^kyros:\/\/tasks\/([A-Z][A-Z0-9]{0,9}-[a-z0-9]{1,16})$/;

export function taskUri(id: string): string {
  return `kyros://tasks/${id}`;
}

export function taskIdOf(uri: string): string | undefined {
  return TASK_URI.exec(uri)?.[1];
}
