/** Moving a card: to another column, or to another place in its own. */
import type { ProblemCode } from "#contracts/problem";
import type { MoveCommand, Task, TransitionAnswer } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { refuseForce } from "../../kernel/principal.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import { put, type Decision } from "../../store/port.ts";
import type { Plan } from "../../store/plan.ts";
import { compareOnBoard } from "./order.ts";
import { manyBetween } from "./rank.ts";
import { enter, record, step, transitionAnswer, type Acting } from "./transition.ts";

type Neighbours = Pick<MoveCommand, "before" | "after">;

interface Placed {
  readonly ok: true;
  readonly position: string;
  /** Neighbours that had to make room, with their new ranks. */
  readonly shifted: readonly Task[];
}

/** Without a neighbour the card goes to the end of the column. */
export function decideMove(
  acting: Acting,
  id: string,
  command: MoveCommand,
): Decision<TransitionAnswer> {
  const entered = enter(acting, id, command.lock_id);
  if (!entered.ok) return entered;
  const { task: before } = entered;
  const { to = before.status, reason, force } = command;
  const forbidden = force === true ? refuseForce(acting.principal) : undefined;
  if (forbidden !== undefined) return forbidden;
  const placed = place(acting.plan, before, to, command);
  if (!placed.ok) return placed;
  const edited = { ...before, position: placed.position };
  const stepped = step(acting, entered, { edited, to, reason, force });
  if (!stepped.ok) return stepped;
  const shifted = placed.shifted.map((task) => put("tasks", task));
  record(acting, before, stepped, { reason, force }, shifted);
  return acting.plan.accept((after) => transitionAnswer(after, before));
}

function place(
  plan: Plan,
  task: Task,
  column: Status,
  neighbours: Neighbours,
): Placed | Refusal<ProblemCode> {
  const others = plan
    .records("tasks")
    .filter((other) => other.status === column && other.id !== task.id)
    .toSorted(compareOnBoard);
  const index = indexIn(others, task, column, neighbours);
  if (typeof index !== "number") return index;
  const [low, high] = [others[index - 1], others[index]];
  const isThere =
    task.status === column &&
    (low === undefined || low.position < task.position) &&
    (high === undefined || task.position < high.position);
  if (isThere) return { ok: true, position: task.position, shifted: [] };
  return makeRoom(others, index);
}

/** Where in the column, counted without the card itself. */
function indexIn(
  others: readonly Task[],
  task: Task,
  column: Status,
  { before, after }: Neighbours,
): number | Refusal<ProblemCode> {
  const places = { before: placeOf(others, before), after: placeOf(others, after) };
  for (const side of ["before", "after"] as const) {
    if (places[side] !== -1) continue;
    const neighbour = side === "before" ? before : after;
    const detail =
      neighbour === task.id
        ? "a card cannot be its own neighbour"
        : `${neighbour} does not stand in ${column}`;
    return refuseNeighbour(side, detail);
  }
  if (places.after === undefined) return places.before ?? others.length;
  if (places.before !== undefined && places.before <= places.after) {
    return refuseNeighbour("before", `${after} does not stand before ${before}`);
  }
  return places.after + 1;
}

/** -1: not in the column; undefined: not asked for. */
function placeOf(others: readonly Task[], id: string | undefined): number | undefined {
  return id === undefined ? undefined : others.findIndex((other) => other.id === id);
}

/**
 * A rank for the card; and where hand-edited ranks leave no room, new ones for as many of the cards
 * behind it as it takes, or for the whole column.
 */
function makeRoom(others: readonly Task[], index: number): Placed {
  const low = others[index - 1]?.position;
  for (let shift = 0; index + shift <= others.length; shift += 1) {
    const ranks = manyBetween(low, others[index + shift]?.position, shift + 1);
    if (ranks !== undefined) return withRanks(others.slice(index, index + shift), ranks, 0);
  }
  const ranks = manyBetween(undefined, undefined, others.length + 1);
  if (ranks === undefined) throw new Error("an empty column has room for every card");
  return withRanks(others, ranks, index);
}

function withRanks(moved: readonly Task[], ranks: readonly string[], own: number): Placed {
  const rest = ranks.toSpliced(own, 1);
  const shifted = moved
    .map((task, at) => ({ ...task, position: rest[at] ?? task.position }))
    .filter((task, at) => task.position !== moved[at]?.position);
  return { ok: true, position: ranks[own] ?? "", shifted };
}

function refuseNeighbour(side: "before" | "after", detail: string): Refusal<ProblemCode> {
  return refuse("invalid", `The card cannot stand there: ${detail}. Look at the column again.`, {
    errors: [{ pointer: `/${side}`, detail }],
  });
}
