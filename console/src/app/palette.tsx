import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { STATUS_NAMES } from "../features/tasks/moves.ts";
import { undo } from "../features/tasks/take-back.ts";
import { Dialog } from "../ui/dialog.tsx";
import { closeOverlay, openOverlay } from "./overlays.ts";
import { PAGES } from "./pages.ts";
import { runtime } from "./runtime.ts";
import { toggleTheme } from "./theme.ts";

interface Command {
  readonly id: string;
  readonly text: string;
  readonly hint: string;
  readonly run: () => void;
}

const SHOWN = 50;

/** One field that finds tasks, agents, pages and commands. */
export function Palette() {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const commands = useCommands();
  const found = useMemo(() => search(commands, query).slice(0, SHOWN), [commands, query]);
  const chosen = found[Math.min(at, found.length - 1)];
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    closeOverlay();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    }
    if (event.key === "Enter") run(chosen);
  };
  return (
    <Dialog title="Search or run" size="medium" bare onClose={closeOverlay} testId="palette">
      <input
        className="palette__input"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={chosen === undefined ? undefined : `${listId}-${chosen.id}`}
        aria-label="Search tasks, agents, pages and commands"
        placeholder="Task, agent, page or command"
        autoFocus
        value={query}
        onKeyDown={onKeyDown}
        onChange={({ target }) => {
          setQuery(target.value);
          setAt(0);
        }}
      />
      <div className="palette__list" role="listbox" id={listId} aria-label="Results">
        {found.map((command) => (
          <button
            type="button"
            key={command.id}
            id={`${listId}-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={command === chosen}
            ref={command === chosen ? scrollIntoSight : undefined}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => run(command)}
          >
            <span dir="auto">{command.text}</span>
            <small>{command.hint}</small>
          </button>
        ))}
      </div>
      {found.length === 0 && <p className="hint palette__none">Nothing is called that.</p>}
    </Dialog>
  );
}

function scrollIntoSight(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

function useCommands(): readonly Command[] {
  const navigate = useNavigate();
  return useMemo(() => {
    const { tasks, agents } = runtime().live.records.get();
    const go = (path: string) => () => void navigate(path);
    return [
      ...PAGES.map(({ path, name }) => ({ id: path, text: name, hint: "Page", run: go(path) })),
      { id: "create", text: "Create a task", hint: "C", run: () => openOverlay("create") },
      { id: "undo", text: "Undo the last change", hint: "Z", run: () => void undo() },
      { id: "theme", text: "Switch between dark and light", hint: "Command", run: toggleTheme },
      { id: "help", text: "Show the keys", hint: "?", run: () => openOverlay("help") },
      {
        id: "identity",
        text: "Say who you are",
        hint: "Command",
        run: () => openOverlay("identity"),
      },
      {
        id: "notices",
        text: "Show notifications",
        hint: "Command",
        run: () => openOverlay("notices"),
      },
      ...[...agents.values()].map(({ id, name }) => ({
        id: `agent-${id}`,
        text: name === id ? id : `${name} (${id})`,
        hint: "Agent",
        run: go(`/agents/${encodeURIComponent(id)}`),
      })),
      ...[...tasks.values()].map(({ id, title, status }) => ({
        id: `task-${id}`,
        text: `${id}  ${title}`,
        hint: STATUS_NAMES[status],
        run: go(`/tasks/${id}`),
      })),
    ];
  }, [navigate]);
}

/** Every word must occur; what starts with the query comes first. */
function search(commands: readonly Command[], query: string): readonly Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return commands;
  const found = commands.filter(({ text }) => {
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
  const first = query.trim().toLowerCase();
  const isFirst = ({ text }: Command) => (text.toLowerCase().startsWith(first) ? 0 : 1);
  return found.toSorted((a, b) => isFirst(a) - isFirst(b));
}
