import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Task } from "#contracts/task";
import { toRefusalText } from "../../../api/refusal-text.ts";
import { runtime } from "../../../app/runtime.ts";
import { Moment } from "../../../ui/moment.tsx";
import { FIELD_NAMES, fieldText } from "../field-text.ts";

const HIDDEN = [
  "version",
  "updated_at",
  "position",
  "created_at",
  "id",
  "created_by",
  "completed_at",
];

/** What happened to the task, newest first, each step with what it changed. */
export function History({ task }: { task: Task }) {
  const history = useInfiniteQuery({
    // A new version is a new history: the tail brings it here without asking again and again.
    queryKey: ["history", task.id, task.version],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const { body } = await runtime().client.call("taskHistory", {
        params: { id: task.id },
        query: { limit: 20, cursor: pageParam },
      });
      return body ?? { items: [], next_cursor: null };
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: (before) => before,
  });
  const items = history.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="history-title" className="history" data-testid="history">
      <h3 id="history-title">History</h3>
      {history.isError && <p className="problem">{toRefusalText(history.error).title}</p>}
      <ol>
        {items.map((item) => (
          <li key={item.id}>
            <p>
              <strong>{item.actor}</strong> {item.event.replace("task_", "").replaceAll("_", " ")}{" "}
              <small>
                <Moment at={item.ts} />
              </small>{" "}
              <Link
                className="quiet-link"
                to={`/events?target=task:${task.id}#${item.id}`}
                aria-label="Show the event"
              >
                event
              </Link>
            </p>
            <Diff diff={item.diff} />
          </li>
        ))}
      </ol>
      {history.hasNextPage && (
        <button type="button" className="text-button" onClick={() => void history.fetchNextPage()}>
          Show older
        </button>
      )}
    </section>
  );
}

interface DiffRow {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

function Diff({ diff }: { diff: readonly DiffRow[] }) {
  const rows = diff.filter(({ field }) => !HIDDEN.includes(field));
  if (rows.length === 0) return null;
  return (
    <table className="diff">
      <tbody>
        {rows.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row">{FIELD_NAMES[field] ?? field}</th>
            <td className="diff__before" dir="auto">
              {fieldText(field, before)}
            </td>
            <td className="diff__after" dir="auto">
              {fieldText(field, after)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
