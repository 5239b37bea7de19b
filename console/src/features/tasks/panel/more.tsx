import { Button, TextInput } from "@carbon/react";
import { useState } from "react";
import type { Task } from "#contracts/task";
import { problemCode, toRefusalText } from "../../../api/refusal-text.ts";
import { runtime } from "../../../app/runtime.ts";
import { copyText } from "../../../ui/copy.ts";
import { notify } from "../../../ui/notices.ts";
import { perform } from "../changes.ts";
import { patchChange } from "../task-changes.ts";
import { asCli, asCurl, asMcp } from "./copy-as.ts";

/** What is rarely needed: blocked, copy, archive, delete. */
export function More({ task, onGone }: { task: Task; onGone: () => void }) {
  return (
    <section aria-labelledby="more-title" className="panel__more">
      <h3 id="more-title">More</h3>
      <Blocked task={task} />
      <div className="button-row">
        <Button
          size="sm"
          kind="ghost"
          onClick={() => void copyText(asCurl(location.origin, task.id), "curl command")}
        >
          Copy as curl
        </Button>
        <Button size="sm" kind="ghost" onClick={() => void copyText(asCli(task.id), "Command")}>
          Copy as CLI
        </Button>
        <Button size="sm" kind="ghost" onClick={() => void copyText(asMcp(task.id), "MCP call")}>
          Copy as MCP
        </Button>
        <Button
          size="sm"
          kind="ghost"
          onClick={() =>
            void perform(
              patchChange(
                task,
                { archived: !task.archived },
                task.archived ? "Taken out of the archive" : "Archived",
              ),
            )
          }
        >
          {task.archived ? "Take out of the archive" : "Archive"}
        </Button>
        <DeleteButton task={task} onGone={onGone} />
      </div>
    </section>
  );
}

function Blocked({ task }: { task: Task }) {
  const [reason, setReason] = useState("");
  if (task.blocked !== null)
    return (
      <p className="blocked">
        <span className="badge" data-kind="blocked">
          Blocked
        </span>{" "}
        <span dir="auto">{task.blocked.reason}</span>{" "}
        <button
          type="button"
          className="text-button"
          onClick={() => void perform(patchChange(task, { blocked: null }, "No longer blocked"))}
        >
          No longer
        </button>
      </p>
    );
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim() === "") return;
        const blocked = { reason: reason.trim(), since: new Date().toISOString() };
        void perform(patchChange(task, { blocked }, "Marked as blocked"));
        setReason("");
      }}
    >
      <TextInput
        id="blocked-reason"
        size="sm"
        labelText="Blocked by"
        hideLabel
        placeholder="Blocked because…"
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
      <Button type="submit" size="sm" kind="tertiary" disabled={reason.trim() === ""}>
        Mark as blocked
      </Button>
    </form>
  );
}

/** Asks by a second press; a third kind of answer says that others depend on the task. */
function DeleteButton({ task, onGone }: { task: Task; onGone: () => void }) {
  const [stage, setStage] = useState<"idle" | "sure" | "in-use">("idle");
  const remove = async () => {
    const { client, live } = runtime();
    try {
      await client.call("deleteTask", {
        params: { id: task.id },
        query: stage === "in-use" ? { force: true } : {},
        ifMatch: live.etag("tasks", task.id) ?? '"unknown"',
      });
      live.forget("tasks", task.id);
      notify("success", `${task.id} deleted`);
      onGone();
    } catch (error) {
      const { title, text } = toRefusalText(error);
      setStage(problemCode(error) === "in-use" ? "in-use" : "idle");
      notify("error", `${task.id}: ${title}`, text);
    }
  };
  const texts = {
    idle: "Delete",
    sure: "Delete for good?",
    "in-use": "Delete, and free the others?",
  };
  return (
    <Button
      size="sm"
      kind="danger--ghost"
      onBlur={() => setStage("idle")}
      onClick={() => (stage === "idle" ? setStage("sure") : void remove())}
    >
      {texts[stage]}
    </Button>
  );
}
