import { Select, SelectItem, TextInput } from "@carbon/react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { runtime } from "../../app/runtime.ts";
import { usePicked } from "../../ui/store.ts";
import { useSettled } from "../../ui/use-settled.ts";
import { withEventFilter, type EventFilter } from "./event-filter.ts";

const NAMES = [
  "task_created",
  "task_updated",
  "task_transitioned",
  "task_claimed",
  "task_deleted",
  "lease_acquired",
  "lease_released",
  "lease_reclaimed",
  "agent_registered",
  "agent_updated",
  "agent_offline",
  "state_edited",
  "state_rejected",
  "edit_set_aside",
  "note",
];

export function EventFilters({ filter }: { filter: EventFilter }) {
  const [search, setSearch] = useSearchParams();
  const agents = usePicked(runtime().live.records, (records) => records.agents);
  const change = (next: Partial<EventFilter>) =>
    setSearch(withEventFilter(search, next), { replace: true });
  const names = new Set([...NAMES, ...filter.event]);
  const actors = new Set([...agents.keys(), "file", "kyros", "person", ...filter.actor]);
  return (
    <div className="filters" data-page-search>
      <TargetField filter={filter} onChange={change} />
      <Select
        id="event-actor"
        size="sm"
        labelText="Agent or person"
        value={filter.actor[0] ?? ""}
        onChange={({ target }) => change({ actor: target.value === "" ? [] : [target.value] })}
      >
        <SelectItem value="" text="Anybody" />
        {[...actors].toSorted().map((name) => (
          <SelectItem key={name} value={name} text={name} />
        ))}
      </Select>
      <Select
        id="event-name"
        size="sm"
        labelText="Event"
        value={filter.event[0] ?? ""}
        onChange={({ target }) => change({ event: target.value === "" ? [] : [target.value] })}
      >
        <SelectItem value="" text="Any" />
        {[...names].map((name) => (
          <SelectItem key={name} value={name} text={name} />
        ))}
      </Select>
    </div>
  );
}

/** `T-100` is understood as `task:T-100`. */
function TargetField({ filter, onChange }: TargetFieldProps) {
  const [typed, setTyped] = useState<string | undefined>(undefined);
  useSettled(typed, 250, (text) => {
    if (text !== undefined) onChange({ target: toTargets(text) });
  });
  return (
    <TextInput
      id="event-target"
      size="sm"
      labelText="Task or resource"
      placeholder="T-100"
      value={typed ?? filter.target.join(",").replace(/^task:/, "")}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={() => setTyped(undefined)}
    />
  );
}

interface TargetFieldProps {
  readonly filter: EventFilter;
  readonly onChange: (change: Partial<EventFilter>) => void;
}

function toTargets(text: string): string[] {
  const target = text.trim();
  if (target === "") return [];
  return [target.includes(":") ? target : `task:${target}`];
}
