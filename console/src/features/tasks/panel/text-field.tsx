import { Button, TextArea, TextInput } from "@carbon/react";
import { Edit } from "@carbon/icons-react";
import { useState, type KeyboardEvent, type ReactNode } from "react";
import type { Task } from "#contracts/task";
import { invalidProps } from "../../../ui/invalid.ts";
import { perform } from "../changes.ts";
import { patchChange } from "../task-changes.ts";
import { readDraft, writeDraft, type Draft } from "./drafts.ts";

interface TextFieldProps {
  readonly task: Task;
  readonly field: "title" | "description" | "branch_name" | "repository_url";
  readonly label: string;
  readonly children: ReactNode;
  readonly rows?: number;
  /** What is wrong with a text, if it cannot be saved. */
  readonly problemOf?: (text: string) => string | undefined;
}

/** Text that turns into a field when one wants to change it, and back when that is done. */
export function TextField({
  task,
  field,
  label,
  children,
  rows = 1,
  problemOf = () => undefined,
}: TextFieldProps) {
  const [draft, setDraft] = useState(() => readDraft(task.id, field));
  const value = task[field] ?? "";
  const problem = draft === undefined ? undefined : problemOf(draft.text.trim());
  const change = (next: Draft | undefined) => {
    setDraft(next);
    writeDraft(task.id, field, next);
  };
  const save = async () => {
    if (draft === undefined || problem !== undefined) return;
    const text = rows === 1 ? draft.text.trim() : draft.text;
    if (text === draft.base || (field === "title" && text === "")) return change(undefined);
    setDraft(undefined);
    const isNullable = field === "branch_name" || field === "repository_url";
    const toValue = (written: string) => (written === "" && isNullable ? null : written);
    const wanted = { [field]: toValue(text) };
    const based = { ...task, [field]: toValue(draft.base) };
    const outcome = await perform(patchChange(based, wanted, `Changed the ${label.toLowerCase()}`));
    // The draft goes only when the text is safe: on the server, or in the conflict that was opened.
    if (outcome === "saved" || outcome === "merged") writeDraft(task.id, field, undefined);
  };
  if (draft === undefined)
    return (
      <div className="text-field" data-testid={`field-${field}`}>
        {children}
        <button
          type="button"
          className="icon-button"
          aria-label={`Edit ${label.toLowerCase()}`}
          onClick={() => change({ text: value, base: value })}
        >
          <Edit />
        </button>
      </div>
    );
  return (
    <div
      className="text-field"
      role="presentation"
      data-testid={`edit-${field}`}
      onKeyDown={onKey(save, () => change(undefined))}
    >
      <div className="text-field__form">
        <Input
          id={`edit-${field}`}
          label={label}
          rows={rows}
          value={draft.text}
          problem={problem}
          onChange={(text) => change({ ...draft, text })}
        />
        {draft.base !== value && (
          <p className="hint" role="status">
            Somebody changed this while you write. Saving will show both.
          </p>
        )}
        <div className="text-field__end">
          <Button size="sm" disabled={problem !== undefined} onClick={() => void save()}>
            Save
          </Button>
          <Button size="sm" kind="ghost" onClick={() => change(undefined)}>
            Cancel
          </Button>
        </div>
      </div>
    </div>
  );
}

interface InputProps {
  readonly id: string;
  readonly label: string;
  readonly rows: number;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (text: string) => void;
}

function Input({ id, label, rows, value, problem, onChange }: InputProps) {
  const shared = {
    id,
    labelText: label,
    hideLabel: true,
    value,
    ...invalidProps(id, problem),
    autoFocus: true,
    dir: "auto",
  };
  return rows === 1 ? (
    <TextInput {...shared} size="sm" onChange={({ target }) => onChange(target.value)} />
  ) : (
    <TextArea {...shared} rows={rows} onChange={({ target }) => onChange(target.value)} />
  );
}

/** Enter saves a line, Ctrl+Enter a text; Escape leaves it as it was. */
function onKey(save: () => Promise<void>, cancel: () => void) {
  return (event: KeyboardEvent) => {
    const isLine = event.target instanceof HTMLInputElement;
    if (event.key === "Escape") cancel();
    else if (event.key === "Enter" && (isLine || event.ctrlKey || event.metaKey)) void save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
