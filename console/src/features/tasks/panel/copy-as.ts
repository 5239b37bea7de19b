/** The task as something to run elsewhere. */
export function asCurl(origin: string, id: string): string {
  return `curl -s ${origin}/collab/tasks/${id}`;
}

export function asCli(id: string): string {
  return `kyros task show ${id}`;
}

export function asMcp(id: string): string {
  return JSON.stringify({ method: "tools/call", params: { name: "task_get", arguments: { id } } });
}
