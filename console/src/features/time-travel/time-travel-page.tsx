import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { StateAnswer } from "#contracts/state";
import type { Task } from "#contracts/task";
import { toRefusalText } from "../../api/refusal-text.ts";
import { runtime } from "../../app/runtime.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { PageHeader } from "../../ui/page-header.tsx";
import { PageSkeleton } from "../../ui/skeleton.tsx";
import { toLocal, toUtc } from "../../ui/time.ts";
import { differenceOf } from "./difference.ts";
import { DifferenceTable } from "./difference-table.tsx";
import { PastBoard } from "./past-board.tsx";
import { Scrubber } from "./scrubber.tsx";

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The board as it was, and what changed between two moments. Nothing here can be moved. */
export function TimeTravelPage() {
  const [search, setSearch] = useSearchParams();
  const span = useSpan();
  const at = momentOf(search.get("at")) ?? span.data?.to;
  const since = momentOf(search.get("since"));
  const now = useStateAt(at);
  const then = useStateAt(since);
  const set = (name: "at" | "since", moment: number | undefined) => {
    const next = new URLSearchParams(search);
    if (moment === undefined) next.delete(name);
    else next.set(name, new Date(moment).toISOString());
    setSearch(next, { replace: true });
  };
  if (span.isPending) return <PageSkeleton />;
  if (span.isError || span.data === undefined || at === undefined)
    return (
      <EmptyState title="There is no past yet">
        {span.isError
          ? toRefusalText(span.error).title
          : "The log is empty: come back when something has happened."}
      </EmptyState>
    );
  return (
    <div className="content content--fill">
      <PageHeader
        title="Time travel"
        facts={<MomentLine at={at} isLive={search.get("at") === null} />}
      />
      <Scrubber span={span.data} at={at} since={since} onChange={set} />
      {now.isError && <p className="problem">{toRefusalText(now.error).text}</p>}
      {since !== undefined && then.data !== undefined && now.data !== undefined ? (
        <Difference before={then.data} after={now.data} />
      ) : (
        now.data !== undefined && <PastBoard tasks={now.data} at={at} />
      )}
      {now.data === undefined && !now.isError && <PageSkeleton />}
    </div>
  );
}

function Difference({
  before,
  after,
}: {
  before: Record<string, Task>;
  after: Record<string, Task>;
}) {
  const rows = useMemo(() => differenceOf(before, after), [before, after]);
  return <DifferenceTable rows={rows} />;
}

function MomentLine({ at, isLive }: { at: number; isLive: boolean }) {
  const iso = new Date(at).toISOString();
  return (
    <span data-testid="moment">
      {isLive ? "The board as it is" : `The board as it was on ${toLocal(iso)}`}{" "}
      <small>({toUtc(iso)})</small>
    </span>
  );
}

/** From the first event of the log to now. */
function useSpan() {
  return useQuery({
    queryKey: ["span"],
    queryFn: async (): Promise<Span | null> => {
      const { body } = await runtime().client.call("listEvents", { query: { limit: 1 } });
      const first = body?.items[0];
      return first === undefined ? null : { from: Date.parse(first.ts), to: Date.now() };
    },
    select: (span) => span ?? undefined,
  });
}

function useStateAt(at: number | undefined) {
  return useQuery<Record<string, Task>>({
    queryKey: ["state-at", at],
    enabled: at !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
    queryFn: async ({ signal }) => {
      const moment = at ?? 0;
      const { body } = await runtime().client.call("getState", {
        params: { kind: "tasks" },
        query: { at: new Date(moment).toISOString() },
        signal,
      });
      return (body as StateAnswer<"tasks">).data;
    },
  });
}

function momentOf(text: string | null): number | undefined {
  const moment = Date.parse(text ?? "");
  return Number.isNaN(moment) ? undefined : moment;
}
