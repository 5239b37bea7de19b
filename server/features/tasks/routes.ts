import type { JsonPatch, TaskMergePatch } from "#contracts/task";
import { fixed } from "../../http/fixed.ts";
import type { Mount } from "../../http/mount.ts";
import type { Tasks } from "./tasks.ts";
import type { TaskChange } from "./patch.ts";

export function mountTasks(mount: Mount, tasks: Tasks): void {
  mount.query("listTasks", ({ query }) => tasks.list(query));
  mount.command("createTask", ({ principal, body, terms }) => tasks.create(principal, body, terms));
  mount.command("batchTasks", ({ principal, body, terms }) => tasks.batch(principal, body, terms));
  mount.command("claimTask", ({ principal, body, terms }) => tasks.claim(principal, body, terms));
  mount.record("getTask", "tasks");
  mount.command("patchTask", ({ principal, params, body, terms }) =>
    tasks.patch(principal, params.id, toChange(body), terms),
  );
  mount.command("deleteTask", ({ principal, params, query, terms }) =>
    tasks.remove(principal, params.id, query, terms),
  );
  mount.command("transitionTask", ({ principal, params, body, terms }) =>
    tasks.transition(principal, params.id, body, terms),
  );
  mount.command("moveTask", ({ principal, params, body, terms }) =>
    tasks.move(principal, params.id, body, terms),
  );
  mount.command("reportExecution", ({ principal, params, body, terms }) =>
    tasks.report(principal, params.id, body, terms),
  );
  mount.query("taskHistory", ({ params, query }) => tasks.history(params.id, query));
  mount.reply("getWorkflow", fixed(tasks.workflow));
}

/** A JSON Patch is a list, a merge patch never is. */
function toChange(body: TaskMergePatch | JsonPatch): TaskChange {
  if (Array.isArray(body)) return { format: "json-patch", patch: body };
  return { format: "merge-patch", patch: body };
}
