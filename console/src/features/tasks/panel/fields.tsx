import { Select, SelectItem } from "@carbon/react";
import { Close } from "@carbon/icons-react";
import { useState } from "react";
import type { Priority, Task, TaskType } from "#contracts/task";
import { runtime } from "../../../app/runtime.ts";
import { Moment } from "../../../ui/moment.tsx";
import { usePicked } from "../../../ui/store.ts";
import { perform } from "../changes.ts";
import { patchChange } from "../task-changes.ts";
import { branchProblem, repositoryProblem, toShortAddress, toWebLink } from "./repository.ts";
import { TextField } from "./text-field.tsx";

/** The short facts of a task, each changed where it stands. */
export function Fields({ task }: { task: Task }) {
  const agents = usePicked(runtime().live.records, (records) => records.agents);
  const names = new Set([...agents.keys(), ...(task.assignee === null ? [] : [task.assignee])]);
  const patch = (fields: Partial<Task>, done: string) =>
    void perform(patchChange(task, fields, done));
  return (
    <div className="fields">
      <Select
        id="panel-type"
        size="sm"
        labelText="Type"
        value={task.type}
        onChange={({ target }) => patch({ type: target.value as TaskType }, "Changed the type")}
      >
        {["feature", "bugfix", "test", "docs", "chore"].map((type) => (
          <SelectItem key={type} value={type} text={type} />
        ))}
      </Select>
      <Select
        id="panel-priority"
        size="sm"
        labelText="Priority"
        value={task.priority}
        onChange={({ target }) =>
          patch({ priority: target.value as Priority }, "Changed the priority")
        }
      >
        {["high", "normal", "low"].map((priority) => (
          <SelectItem key={priority} value={priority} text={priority} />
        ))}
      </Select>
      <Select
        id="panel-assignee"
        size="sm"
        labelText="Assignee"
        value={task.assignee ?? ""}
        onChange={({ target }) =>
          patch({ assignee: target.value === "" ? null : target.value }, "Changed the assignee")
        }
      >
        <SelectItem value="" text="Nobody" />
        {[...names].toSorted().map((name) => (
          <SelectItem key={name} value={name} text={name} />
        ))}
      </Select>
      <div>
        <span className="field-label">Changed</span>
        <p className="field-value">
          <Moment at={task.updated_at} />, version {task.version}
        </p>
      </div>
      <Labels task={task} />
      <div>
        <span className="field-label">Branch</span>
        <TextField task={task} field="branch_name" label="Branch" problemOf={branchProblem}>
          <span className="mono">{task.branch_name ?? "none"}</span>
        </TextField>
      </div>
      <div>
        <span className="field-label">Repository</span>
        <TextField
          task={task}
          field="repository_url"
          label="Repository"
          problemOf={repositoryProblem}
        >
          <Repository address={task.repository_url} />
        </TextField>
      </div>
    </div>
  );
}

function Repository({ address }: { address: string | null }) {
  if (address === null) return <span>none</span>;
  const href = toWebLink(address);
  if (href === undefined) return <span className="mono">{address}</span>;
  return (
    <a className="link" href={href} target="_blank" rel="noopener noreferrer" title={href}>
      {toShortAddress(address)}
    </a>
  );
}

function Labels({ task }: { task: Task }) {
  const [text, setText] = useState("");
  const set = (labels: string[]) =>
    void perform(patchChange(task, { labels }, "Changed the labels"));
  return (
    <div className="labels">
      <span className="field-label" id="labels-title">
        Labels
      </span>
      <div role="group" aria-labelledby="labels-title">
        {task.labels.map((label) => (
          <span key={label} className="chip">
            {label}
            <button
              type="button"
              aria-label={`Remove the label ${label}`}
              onClick={() => set(task.labels.filter((other) => other !== label))}
            >
              <Close size={12} />
            </button>
          </span>
        ))}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const label = text.trim();
            if (label !== "" && !task.labels.includes(label)) set([...task.labels, label]);
            setText("");
          }}
        >
          <input
            className="small-input"
            aria-label="Add a label"
            placeholder="Add"
            maxLength={64}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </form>
      </div>
    </div>
  );
}
