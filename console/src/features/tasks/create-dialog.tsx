import { Button, Select, SelectItem, TextArea, TextInput } from "@carbon/react";
import { useState, type SubmitEvent } from "react";
import { useNavigate } from "react-router";
import type { NewTask, Priority, TaskType } from "#contracts/task";
import { newKey } from "../../api/new-key.ts";
import { toRefusalText } from "../../api/refusal-text.ts";
import { closeOverlay } from "../../app/overlays.ts";
import { runtime } from "../../app/runtime.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { invalidProps } from "../../ui/invalid.ts";
import { notify } from "../../ui/notices.ts";
import { readSaved, writeSaved } from "../../ui/saved.ts";
import { isObject } from "../../live/merge-patch.ts";

const EMPTY = {
  title: "",
  description: "",
  type: "feature",
  priority: "normal",
  labels: "",
  depends_on: "",
  dod: "",
};

type Draft = typeof EMPTY;

const DRAFT = "draft.new-task";

export function CreateDialog() {
  const navigate = useNavigate();
  const [draft, setDraft] = useState(readDraft);
  const [problem, setProblem] = useState("");
  const [isSending, setIsSending] = useState(false);
  // One key for as long as the form is open: pressing Create again after a lost answer makes no second task.
  const [key, setKey] = useState(newKey);
  const change = (field: keyof Draft) => (event: { target: { value: string } }) => {
    const next = { ...draft, [field]: event.target.value };
    setDraft(next);
    setKey(newKey());
    setProblem("");
    writeSaved("session", DRAFT, next);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (draft.title.trim() === "") return setProblem("Give it a title.");
    setIsSending(true);
    try {
      const { body } = await runtime().client.call("createTask", {
        body: toNewTask(draft),
        idempotencyKey: key,
      });
      if (body === undefined) return;
      runtime().live.learn("tasks", body.id, body.task, body.etag);
      writeSaved("session", DRAFT, undefined);
      closeOverlay();
      notify("success", `${body.id} created`, body.task.title, {
        label: "Open",
        run: () => void navigate(`/tasks/${body.id}`),
      });
    } catch (error) {
      const { title, text } = toRefusalText(error);
      setProblem(`${title}. ${text}`);
    } finally {
      setIsSending(false);
    }
  };
  return (
    <Dialog title="New task" onClose={closeOverlay} testId="create-dialog">
      <form className="form" onSubmit={(event) => void submit(event)}>
        <TextInput
          id="new-title"
          labelText="Title"
          autoFocus
          dir="auto"
          maxLength={500}
          value={draft.title}
          {...invalidProps("new-title", problem)}
          onChange={change("title")}
        />
        <TextArea
          id="new-description"
          labelText="Description (Markdown)"
          rows={4}
          dir="auto"
          value={draft.description}
          onChange={change("description")}
        />
        <div className="form__row">
          <Select id="new-type" labelText="Type" value={draft.type} onChange={change("type")}>
            {["feature", "bugfix", "test", "docs", "chore"].map((type) => (
              <SelectItem key={type} value={type} text={type} />
            ))}
          </Select>
          <Select
            id="new-priority"
            labelText="Priority"
            value={draft.priority}
            onChange={change("priority")}
          >
            {["high", "normal", "low"].map((priority) => (
              <SelectItem key={priority} value={priority} text={priority} />
            ))}
          </Select>
        </div>
        <div className="form__row">
          <TextInput
            id="new-labels"
            labelText="Labels"
            placeholder="api, docs"
            value={draft.labels}
            onChange={change("labels")}
          />
          <TextInput
            id="new-depends"
            labelText="Depends on"
            placeholder="T-100, T-101"
            value={draft.depends_on}
            onChange={change("depends_on")}
          />
        </div>
        <TextArea
          id="new-dod"
          labelText="Definition of done, one item a line"
          rows={3}
          dir="auto"
          value={draft.dod}
          onChange={change("dod")}
        />
        <div className="form__end">
          <Button kind="secondary" onClick={closeOverlay}>
            Cancel
          </Button>
          <Button type="submit" disabled={isSending}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function toNewTask(draft: Draft): Partial<NewTask> & { title: string } {
  return {
    title: draft.title.trim(),
    description: draft.description,
    type: draft.type as TaskType,
    priority: draft.priority as Priority,
    labels: split(draft.labels, ","),
    depends_on: split(draft.depends_on, ","),
    dod: split(draft.dod, "\n"),
  };
}

function split(text: string, separator: string): string[] {
  return [
    ...new Set(
      text
        .split(separator)
        .map((part) => part.trim())
        .filter(Boolean),
    ),
  ];
}

function readDraft(): Draft {
  const kept = readSaved("session", DRAFT);
  return { ...EMPTY, ...(isObject(kept) ? (kept as Partial<Draft>) : {}) };
}
