import { Button, TextInput } from "@carbon/react";
import { useState, type SubmitEvent } from "react";
import type { Task } from "#contracts/task";
import { runtime } from "../../../app/runtime.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { patchChange } from "../task-changes.ts";
import type { BulkPlan } from "./bulk.ts";

interface LabelsDialogProps {
  readonly tasks: readonly Task[];
  readonly onStart: (plan: BulkPlan) => void;
  readonly onClose: () => void;
}

/** One label on all of the chosen tasks, or off them; their other labels stay. */
export function LabelsDialog({ tasks, onStart, onClose }: LabelsDialogProps) {
  const [text, setText] = useState("");
  const label = text.trim();
  const having = tasks.filter((task) => task.labels.includes(label));
  const add = () => onStart(planAdd(tasks, label));
  const remove = () => onStart(planRemove(tasks, label));
  return (
    <Dialog
      title={`Labels of ${tasks.length} tasks`}
      size="small"
      onClose={onClose}
      testId="labels-dialog"
    >
      <form
        className="form"
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          if (label !== "") add();
        }}
      >
        <TextInput
          id="bulk-label"
          labelText="Label"
          list="known-labels"
          maxLength={64}
          autoComplete="off"
          value={text}
          helperText={label === "" ? " " : `${having.length} of ${tasks.length} have it`}
          onChange={({ target }) => setText(target.value)}
        />
        <datalist id="known-labels">
          {knownLabels().map((known) => (
            <option key={known}>{known}</option>
          ))}
        </datalist>
        <div className="form__end">
          <Button kind="secondary" disabled={having.length === 0} onClick={remove}>
            Take off {having.length > 0 ? having.length : ""}
          </Button>
          <Button type="submit" disabled={label === "" || having.length === tasks.length}>
            Put on {label === "" ? "" : tasks.length - having.length}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function planAdd(tasks: readonly Task[], label: string): BulkPlan {
  const done = `labelled ${label}`;
  const changes = tasks
    .filter((task) => !task.labels.includes(label))
    .map((task) => patchChange(task, { labels: [...task.labels, label] }, done));
  return { done, changes, refused: [] };
}

function planRemove(tasks: readonly Task[], label: string): BulkPlan {
  const done = `no longer labelled ${label}`;
  const changes = tasks
    .filter((task) => task.labels.includes(label))
    .map((task) => {
      const labels = task.labels.filter((other) => other !== label);
      return patchChange(task, { labels }, done);
    });
  return { done, changes, refused: [] };
}

function knownLabels(): string[] {
  const { tasks } = runtime().live.records.get();
  return [...new Set([...tasks.values()].flatMap((task) => task.labels))].toSorted();
}
