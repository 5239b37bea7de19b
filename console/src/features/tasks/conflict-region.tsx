import { Button } from "@carbon/react";
import { WarningAltFilled } from "@carbon/icons-react";
import { useState } from "react";
import { Moment } from "../../ui/moment.tsx";
import { usePicked, useStore } from "../../ui/store.ts";
import { bulk } from "./bulk/bulk.ts";
import type { Change } from "./change.ts";
import { perform } from "./changes.ts";
import {
  asSeenNow,
  conflictFields,
  conflicts,
  settleConflict,
  type Conflict,
} from "./conflicts.ts";
import { FIELD_NAMES, fieldText } from "./field-text.ts";
import { writeDraft } from "./panel/drafts.ts";

/** Conflicts wait in the corner; they take neither the focus nor the page. */
export function ConflictRegion() {
  const bulkNumber = usePicked(bulk, (shown) => shown?.number);
  // Those of a bulk change stand in its summary, for as long as that is there.
  const open = useStore(conflicts).filter(
    (conflict) => conflict.bulk === undefined || conflict.bulk !== bulkNumber,
  );
  return (
    <div role="region" aria-label="Conflicts" aria-live="assertive" hidden={open.length === 0}>
      {open.map((conflict) => (
        <ConflictCard key={conflict.change.taskId} conflict={conflict} />
      ))}
    </div>
  );
}

function ConflictCard({ conflict }: { conflict: Conflict }) {
  const { change, theirs, by, at } = conflict;
  const [isWide, setIsWide] = useState(false);
  const fields = conflictFields(conflict);
  const keepMine = async () => {
    settleConflict(change.taskId);
    const outcome = await perform(asSeenNow(conflict));
    if (outcome === "saved" || outcome === "merged") dropDrafts(change);
  };
  const takeTheirs = () => {
    settleConflict(change.taskId);
    dropDrafts(change);
  };
  return (
    <article className="conflict" data-wide={isWide} data-testid={`conflict-${change.taskId}`}>
      <header>
        <WarningAltFilled />
        <h2>
          {change.taskId}: {by ?? "somebody"} was faster
        </h2>
      </header>
      <p>
        You: {change.done.toLowerCase()}. {by ?? "Somebody"} changed {listFields(fields)}
        {at !== undefined && (
          <>
            {" "}
            <Moment at={at} />
          </>
        )}
        . Nothing is lost: choose which one stays.
      </p>
      <table className="diff">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Yours</th>
            <th scope="col">Theirs</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{FIELD_NAMES[field] ?? field}</th>
              <td className="diff__mine" dir="auto">
                <span>{fieldText(field, change.wanted[field])}</span>
              </td>
              <td className="diff__theirs" dir="auto">
                <span>{fieldText(field, theirs[field])}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <footer>
        <Button size="sm" onClick={() => void keepMine()}>
          Keep mine
        </Button>
        <Button size="sm" kind="secondary" onClick={takeTheirs}>
          Take theirs
        </Button>
        <Button size="sm" kind="ghost" aria-expanded={isWide} onClick={() => setIsWide(!isWide)}>
          {isWide ? "Close diff" : "Open diff"}
        </Button>
      </footer>
    </article>
  );
}

function dropDrafts({ taskId, wanted }: Change): void {
  for (const field of Object.keys(wanted)) writeDraft(taskId, field, undefined);
}

function listFields(fields: readonly string[]): string {
  const names = fields.map((field) => (FIELD_NAMES[field] ?? field).toLowerCase());
  return names.length === 0 ? "it" : `the ${names.join(" and the ")}`;
}
