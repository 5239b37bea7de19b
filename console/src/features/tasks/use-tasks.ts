import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { WorkflowAnswer } from "#contracts/state";
import { ENTRY_GUARDS, HANDOVER, HELD, STATUSES, TRANSITIONS } from "#contracts/workflow";
import { actorName } from "../../app/identity.ts";
import { runtime } from "../../app/runtime.ts";
import { serverNow } from "../../live/clock.ts";
import { useStore } from "../../ui/store.ts";
import { buildBoard, type Board } from "./board.ts";
import { overlays } from "./changes.ts";
import { parseFilter } from "./filters.ts";
import type { Mover } from "./moves.ts";

/** What the contract says, until the server has told its own: the board never waits for it. */
const CONTRACT: WorkflowAnswer = {
  statuses: [...STATUSES],
  transitions: TRANSITIONS as unknown as WorkflowAnswer["transitions"],
  entry_guards: ENTRY_GUARDS as unknown as WorkflowAnswer["entry_guards"],
  held: [...HELD],
  handover: [...HANDOVER],
};

const WORKFLOW = ["workflow"];

/** Has the server's own table read once; from then on every judgement goes by it. */
export function useWorkflow(): void {
  useQuery({
    queryKey: WORKFLOW,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => (await runtime().client.call("getWorkflow", {})).body ?? CONTRACT,
  });
}

/** Who moves, by which table; read at the moment of a move, not of a drawing. */
export function currentMover(): Mover {
  const workflow = runtime().queries.getQueryData<WorkflowAnswer>(WORKFLOW) ?? CONTRACT;
  return { actor: actorName(), workflow };
}

export function useBoard(showAllDone: boolean): Board {
  const [search] = useSearchParams();
  const records = useStore(runtime().live.records);
  const painted = useStore(overlays);
  const filter = useMemo(() => parseFilter(search), [search]);
  return useMemo(
    () => buildBoard({ records, overlays: painted, filter, showAllDone, now: serverNow() }),
    [records, painted, filter, showAllDone],
  );
}
