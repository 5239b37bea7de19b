import { Link } from "react-router";
import { EmptyState } from "../../ui/empty-state.tsx";
import { FIELD_NAMES, fieldText } from "../tasks/field-text.ts";
import type { TaskDifference } from "./difference.ts";

/** Carbon's table slows down beyond a few hundred rows, and nobody reads more of them either. */
const SHOWN = 200;
const KINDS = { added: "Created", removed: "Deleted", changed: "Changed" } as const;

export function DifferenceTable({ rows }: { rows: readonly TaskDifference[] }) {
  if (rows.length === 0)
    return (
      <EmptyState title="No difference">Between these two moments no task changed.</EmptyState>
    );
  return (
    <div className="table-scroll" role="region" aria-label="Differences">
      <table className="table" data-testid="difference">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">What</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>{rows.slice(0, SHOWN).flatMap((row) => lines(row))}</tbody>
      </table>
      {rows.length > SHOWN && <p className="hint">and {rows.length - SHOWN} more tasks</p>}
    </div>
  );
}

function lines({ id, kind, before, after, fields }: TaskDifference) {
  const shown = fields.length === 0 ? [undefined] : fields;
  return shown.map((field, index) => (
    <tr key={`${id}-${field ?? kind}`}>
      <th scope="row">
        {index === 0 && (
          <Link className="link" to={`/tasks/${id}`}>
            <span className="mono">{id}</span> <span dir="auto">{(after ?? before)?.title}</span>
          </Link>
        )}
      </th>
      <td>{field === undefined ? KINDS[kind] : (FIELD_NAMES[field] ?? field)}</td>
      <td className="table__wrap" dir="auto">
        {field === undefined ? "" : fieldText(field, before?.[field])}
      </td>
      <td className="table__wrap" dir="auto">
        {field === undefined ? "" : fieldText(field, after?.[field])}
      </td>
    </tr>
  ));
}
