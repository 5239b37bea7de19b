import { Button } from "@carbon/react";
import { CheckmarkFilled, Close, WarningAltFilled } from "@carbon/icons-react";
import { useStore } from "../../../ui/store.ts";
import { perform } from "../changes.ts";
import {
  asSeenNow,
  conflictFields,
  conflicts,
  settleConflict,
  type Conflict,
} from "../conflicts.ts";
import { FIELD_NAMES, fieldText } from "../field-text.ts";
import { undo } from "../take-back.ts";
import { bulk, bulkText, byReason, closeBulk, type Bulk, type Refused } from "./bulk.ts";

/** What became of one wish for many tasks: one row, and below it only what needs a decision. */
export function BulkSummary() {
  const shown = useStore(bulk);
  const open = useStore(conflicts).filter((conflict) => conflict.bulk === shown?.number);
  if (shown === undefined) return null;
  const isClean = shown.refused.length === 0 && open.length === 0;
  return (
    <article className="bulk" data-clean={isClean} data-testid="bulk-summary">
      <header>
        {isClean ? <CheckmarkFilled /> : <WarningAltFilled />}
        <p role="status">
          <strong>{bulkText(shown)}</strong>
          {shown.merged > 0 && (
            <span>{shown.merged} of them merged with what somebody else changed.</span>
          )}
        </p>
        {shown.step !== undefined && (
          <button type="button" className="text-button" onClick={() => void undo(shown.step)}>
            Undo all
          </button>
        )}
        <button type="button" className="icon-button" aria-label="Dismiss" onClick={closeBulk}>
          <Close />
        </button>
      </header>
      {shown.open > 0 && <Progress bulk={shown} />}
      {(shown.refused.length > 0 || open.length > 0) && (
        <div className="bulk__details">
          <RefusedList refused={shown.refused} />
          {open.length > 0 && <ConflictList open={open} />}
        </div>
      )}
    </article>
  );
}

function Progress({ bulk: { total, open } }: { bulk: Bulk }) {
  return <progress aria-label="On their way" max={total} value={total - open} />;
}

function RefusedList({ refused }: { refused: readonly Refused[] }) {
  return (
    <ul aria-label="Refused">
      {byReason(refused).map(([reason, taskIds]) => (
        <li key={reason}>
          <span>{reason}</span>
          <span className="mono">{taskIds.join(", ")}</span>
        </li>
      ))}
    </ul>
  );
}

function ConflictList({ open }: { open: readonly Conflict[] }) {
  const settleAll = (settle: (conflict: Conflict) => void) => () => {
    for (const conflict of open) settle(conflict);
  };
  return (
    <ul aria-label="Conflicts">
      {open.map((conflict) => (
        <li key={conflict.change.taskId} data-testid={`conflict-${conflict.change.taskId}`}>
          <span>
            <span className="mono">{conflict.change.taskId}</span> {theirsText(conflict)}
          </span>
          <span className="bulk__choice">
            <Button size="sm" kind="tertiary" onClick={() => keepMine(conflict)}>
              Keep mine
            </Button>
            <Button size="sm" kind="ghost" onClick={() => takeTheirs(conflict)}>
              Take theirs
            </Button>
          </span>
        </li>
      ))}
      {open.length > 1 && (
        <li>
          <span>All {open.length}</span>
          <span className="bulk__choice">
            <Button size="sm" kind="tertiary" onClick={settleAll(keepMine)}>
              Keep mine
            </Button>
            <Button size="sm" kind="ghost" onClick={settleAll(takeTheirs)}>
              Take theirs
            </Button>
          </span>
        </li>
      )}
    </ul>
  );
}

function keepMine(conflict: Conflict): void {
  settleConflict(conflict.change.taskId);
  void perform(asSeenNow(conflict));
}

function takeTheirs({ change }: Conflict): void {
  settleConflict(change.taskId);
}

/** "agent-3: Status is Claimed, Assignee is agent-3". */
function theirsText(conflict: Conflict): string {
  const { theirs, by } = conflict;
  const fields = conflictFields(conflict).map(
    (field) => `${FIELD_NAMES[field] ?? field} is ${fieldText(field, theirs[field])}`,
  );
  return `${by ?? "somebody"}: ${fields.join(", ")}`;
}
