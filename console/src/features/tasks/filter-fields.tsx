import { Close } from "@carbon/icons-react";
import { Button, Checkbox, Select, SelectItem, TextInput } from "@carbon/react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { runtime } from "../../app/runtime.ts";
import { useStore } from "../../ui/store.ts";
import { UNASSIGNED, type TaskFilter } from "./filters.ts";
import { removeView, savedViews, saveView } from "./saved-views.ts";

interface FilterFieldsProps {
  readonly filter: TaskFilter;
  readonly onChange: (change: Partial<TaskFilter>) => void;
}

export function FilterFields({ filter, onChange }: FilterFieldsProps) {
  const { tasks } = useStore(runtime().live.records);
  const labels = new Set<string>();
  const assignees = new Set<string>();
  for (const task of tasks.values()) {
    for (const label of task.labels) labels.add(label);
    if (task.assignee !== null) assignees.add(task.assignee);
  }
  const options = (names: Iterable<string>) =>
    [...names].toSorted().map((name) => [name, name] as const);
  const one = <K extends "assignee" | "label" | "type" | "priority">(field: K) => ({
    field,
    value: filter[field][0] ?? "",
    onChange: (value: string) => onChange({ [field]: value === "" ? [] : [value] }),
  });
  return (
    <div className="filters">
      <Choice
        {...one("assignee")}
        label="Assignee"
        options={[[UNASSIGNED, "Unassigned"], ...options(assignees)]}
      />
      <Choice {...one("label")} label="Label" options={options(labels)} />
      <Choice
        {...one("type")}
        label="Type"
        options={options(["feature", "bugfix", "test", "docs", "chore"])}
      />
      <Choice
        {...one("priority")}
        label="Priority"
        options={[
          ["high", "High"],
          ["normal", "Normal"],
          ["low", "Low"],
        ]}
      />
      <div className="filters__switches">
        {(["ready", "blocked", "archived"] as const).map((name) => (
          <Checkbox
            key={name}
            id={`filter-${name}`}
            labelText={SWITCHES[name]}
            checked={filter[name]}
            onChange={(_, { checked }) => onChange({ [name]: checked })}
          />
        ))}
      </div>
      <SavedViews />
    </div>
  );
}

const SWITCHES = { ready: "Ready to start", blocked: "Blocked", archived: "Archived" } as const;

interface ChoiceProps {
  readonly field: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ field, label, value, options, onChange }: ChoiceProps) {
  const isKnown = value === "" || options.some(([option]) => option === value);
  return (
    <Select
      id={`filter-${field}`}
      size="sm"
      labelText={label}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    >
      <SelectItem value="" text="Any" />
      {!isKnown && <SelectItem value={value} text={value} />}
      {options.map(([option, text]) => (
        <SelectItem key={option} value={option} text={text} />
      ))}
    </Select>
  );
}

function SavedViews() {
  const views = useStore(savedViews);
  const [search, setSearch] = useSearchParams();
  const [name, setName] = useState("");
  return (
    <div className="views">
      <span className="views__title">Saved views</span>
      {views.map((view) => (
        <span
          key={view.name}
          className="views__view"
          data-current={view.search === search.toString()}
        >
          <button type="button" onClick={() => setSearch(new URLSearchParams(view.search))}>
            {view.name}
          </button>
          <button
            type="button"
            aria-label={`Remove the view ${view.name}`}
            onClick={() => removeView(view.name)}
          >
            <Close />
          </button>
        </span>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === "") return;
          saveView({ name: name.trim(), search: search.toString() });
          setName("");
        }}
      >
        <TextInput
          id="view-name"
          size="sm"
          labelText="Name of the view"
          hideLabel
          placeholder="Name of this view"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <Button type="submit" size="sm" kind="tertiary" disabled={name.trim() === ""}>
          Save view
        </Button>
      </form>
    </div>
  );
}
