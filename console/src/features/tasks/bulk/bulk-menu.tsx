import type { Task } from "#contracts/task";
import { STATUSES } from "#contracts/workflow";
import { runtime } from "../../../app/runtime.ts";
import { Menu } from "../../../ui/menu.tsx";
import type { Change } from "../change.ts";
import { judgeShares, type Share } from "../judge.ts";
import { STATUS_NAMES } from "../moves.ts";
import { patchChange } from "../task-changes.ts";
import { planMove, runBulk, type BulkAction, type BulkPlan } from "./bulk.ts";
import { LabelsDialog } from "./labels-dialog.tsx";

interface BulkMenuProps {
  readonly action: BulkAction;
  readonly anchor: HTMLElement;
  readonly tasks: readonly Task[];
  readonly onClose: (reason: "key" | "elsewhere" | "done") => void;
}

/** What can be done with all chosen tasks at once. */
export function BulkMenu({ action, anchor, tasks, onClose }: BulkMenuProps) {
  const start = (plan: BulkPlan) => {
    onClose("done");
    void runBulk(plan);
  };
  if (action === "labels")
    return <LabelsDialog tasks={tasks} onStart={start} onClose={() => onClose("key")} />;
  const entries = ENTRIES[action](tasks);
  return (
    <Menu
      label={`${TITLES[action]} ${tasks.length} ${tasks.length === 1 ? "task" : "tasks"}`}
      anchor={anchor}
      onClose={onClose}
      testId="bulk-menu"
    >
      {entries.map((entry) => (
        <Entry key={entry.text} entry={entry} onStart={start} />
      ))}
    </Menu>
  );
}

const TITLES = {
  move: "Move",
  assign: "Assign",
  priority: "Set the priority of",
  archive: "Archive",
} as const;

interface MenuEntry {
  readonly text: string;
  readonly hint: string;
  readonly isUseless?: boolean;
  readonly plan: () => BulkPlan;
}

const ENTRIES: Readonly<
  Record<Exclude<BulkAction, "labels">, (tasks: readonly Task[]) => readonly MenuEntry[]>
> = {
  move: moveEntries,
  assign: (tasks) =>
    [null, ...[...runtime().live.records.get().agents.keys()].toSorted()].map((assignee) => ({
      text: assignee ?? "Nobody",
      hint: "",
      plan: () =>
        patchAll(
          tasks.filter((task) => task.assignee !== assignee),
          () => ({ assignee }),
          assignee === null ? "given to nobody" : `assigned to ${assignee}`,
        ),
    })),
  priority: (tasks) =>
    (["high", "normal", "low"] as const).map((priority) => ({
      text: priority,
      hint: "",
      plan: () =>
        patchAll(
          tasks.filter((task) => task.priority !== priority),
          () => ({ priority }),
          `set to ${priority} priority`,
        ),
    })),
  archive: (tasks) => {
    const archived = !tasks.every((task) => task.archived);
    return [
      {
        text: archived ? "Archive" : "Take out of the archive",
        hint: archived ? "The filter “Archived” shows them again." : "",
        plan: () =>
          patchAll(
            tasks.filter((task) => task.archived !== archived),
            () => ({ archived }),
            archived ? "archived" : "taken out of the archive",
          ),
      },
    ];
  },
};

/** How many of them each column would take, before one chooses. */
function moveEntries(tasks: readonly Task[]): MenuEntry[] {
  const shares = judgeShares(tasks);
  return STATUSES.map((to) => ({
    text: STATUS_NAMES[to],
    hint: hintOf(shares[to]),
    isUseless: shares[to].ready === 0,
    plan: () => planMove(tasks, to),
  }));
}

function hintOf({ elsewhere, ready, reason }: Share): string {
  if (elsewhere === 0) return "All are there";
  if (ready === elsewhere) return "";
  return ready === 0 ? reason : `${ready} of ${elsewhere}. ${reason}`;
}

function patchAll(
  tasks: readonly Task[],
  fieldsOf: (task: Task) => Partial<Task>,
  done: string,
): BulkPlan {
  const changes: Change[] = tasks.map((task) => patchChange(task, fieldsOf(task), done));
  return { done, changes, refused: [] };
}

interface EntryProps {
  readonly entry: MenuEntry;
  readonly onStart: (plan: BulkPlan) => void;
}

function Entry({ entry: { text, hint, plan, isUseless = false }, onStart }: EntryProps) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-disabled={isUseless}
      data-testid={`bulk-${text.toLowerCase().replaceAll(" ", "_")}`}
      onClick={() => isUseless || onStart(plan())}
    >
      <span>{text}</span>
      {hint !== "" && <small>{hint}</small>}
    </button>
  );
}
