import { Add, Close, Filter, List, TableOfContents } from "@carbon/icons-react";
import { Button, Search } from "@carbon/react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { isHeld, isHandover } from "#contracts/workflow";
import { openOverlay } from "../../app/overlays.ts";
import { Parts, part } from "../../app/part.tsx";
import type { Board } from "./board.ts";
import { BulkBar } from "./bulk/bulk-bar.tsx";
import { activeFilters, parseFilter, withFilter, type TaskFilter } from "./filters.ts";
import { runtime } from "../../app/runtime.ts";
import { useStore } from "../../ui/store.ts";
import { useSettled } from "../../ui/use-settled.ts";
import { isReady } from "./moves.ts";

const FilterFields = part(async () => (await import("./filter-fields.tsx")).FilterFields);

export function FilterBar({ board }: { board: Board }) {
  const [search, setSearch] = useSearchParams();
  const filter = parseFilter(search);
  const active = activeFilters(filter);
  const [isOpen, setIsOpen] = useState(active > 0 && filter.q === "");
  const change = (next: Partial<TaskFilter>) =>
    setSearch(withFilter(search, next), { replace: true });
  const isList = search.get("view") === "list";
  const setView = (list: boolean) => {
    const next = new URLSearchParams(search);
    if (list) next.set("view", "list");
    else next.delete("view");
    setSearch(next);
  };
  return (
    <div className="toolbar">
      <BulkBar board={board} />
      <div className="toolbar__row">
        <SearchField q={filter.q} onChange={(q) => change({ q })} />
        <button
          type="button"
          className="tool"
          aria-expanded={isOpen}
          aria-controls="filter-fields"
          data-testid="filters"
          onClick={() => setIsOpen(!isOpen)}
        >
          <Filter /> Filter
          {active > 0 && <span className="count">{active}</span>}
        </button>
        {active > 0 && (
          <button
            type="button"
            className="tool"
            onClick={() => setSearch(isList ? { view: "list" } : {}, { replace: true })}
          >
            <Close /> Clear
          </button>
        )}
        <Summary board={board} />
        <div className="switch" role="group" aria-label="View">
          <button type="button" aria-pressed={!isList} onClick={() => setView(false)}>
            <TableOfContents /> <span>Board</span>
          </button>
          <button type="button" aria-pressed={isList} onClick={() => setView(true)}>
            <List /> <span>List</span>
          </button>
        </div>
        <Button
          size="sm"
          renderIcon={Add}
          onClick={() => openOverlay("create")}
          data-testid="create"
        >
          Create
        </Button>
      </div>
      <div id="filter-fields" hidden={!isOpen}>
        {isOpen && (
          <Parts fallback={<div className="filters" aria-busy="true" />} missingIn="corner">
            <FilterFields filter={filter} onChange={change} />
          </Parts>
        )}
      </div>
    </div>
  );
}

/** What is typed is shown at once and filters a moment later, so that fast typing stays fast. */
function SearchField({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [typed, setTyped] = useState<string | undefined>(undefined);
  useSettled(typed, 120, (text) => {
    if (text !== undefined && text !== q) onChange(text);
  });
  return (
    <div data-page-search className="toolbar__search">
      <Search
        size="sm"
        id="task-search"
        labelText="Search tasks"
        placeholder="Search tasks  ( / )"
        value={typed ?? q}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={() => setTyped(undefined)}
        onClear={() => setTyped("")}
      />
    </div>
  );
}

/** How much is under way, ready and stuck: the three figures a lead looks for. */
function Summary({ board }: { board: Board }) {
  const records = useStore(runtime().live.records);
  let ready = 0;
  let blocked = 0;
  for (const task of records.tasks.values()) {
    if (isReady(task, records)) ready += 1;
    if (task.blocked !== null && !task.archived) blocked += 1;
  }
  const wip = Object.entries(board.totals)
    .filter(
      ([status]) =>
        isHeld(status as keyof Board["totals"]) || isHandover(status as keyof Board["totals"]),
    )
    .reduce((sum, [, count]) => sum + count, 0);
  return (
    <dl className="summary" aria-label="Summary">
      <div>
        <dt>Under way</dt>
        <dd data-testid="wip">{wip}</dd>
      </div>
      <div>
        <dt>Ready</dt>
        <dd>{ready}</dd>
      </div>
      <div>
        <dt>Blocked</dt>
        <dd>{blocked}</dd>
      </div>
    </dl>
  );
}
