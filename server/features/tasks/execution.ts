/**
 * What a worker reports of its work on a task, decided.
 *
 *   1. Only under the lease on the task, by its token: a worker that lost it changes nothing more.
 *   2. The event and the step of the task that follows from it are one commit.
 */
import {
  MOST_ARTIFACTS,
  type Artifact,
  type ArtifactKind,
  type ExecutionReport,
} from "#contracts/execution";
import type { ProblemCode } from "#contracts/problem";
import type { Task, TaskAnswer } from "#contracts/task";
import type { Status } from "#contracts/workflow";
import { toTimestamp } from "../../kernel/instant.ts";
import { refuse, type Refusal } from "../../kernel/refusal.ts";
import type { Decision } from "../../store/port.ts";
import { resourceOf, writtenTask } from "./task.ts";
import { enter, record, refuseTable, step, type Acting } from "./transition.ts";

type Refused = Refusal<ProblemCode>;
type Failed = Extract<ExecutionReport, { outcome: "failed" }>;

/** A file that came with the report. */
export interface Delivered {
  readonly path: string;
  readonly bytes: number;
}

const EXTENSION: Record<ArtifactKind, string> = { patch: "patch", report: "md" };

/** The same content has the same name, so a repetition makes no second file. */
export function artifactPath(
  taskId: string,
  executor: string,
  artifact: { readonly kind: ArtifactKind; readonly digest: string },
): string {
  const name = `${executor.replace("/", "-")}-${artifact.digest.slice(0, 12)}`;
  return `artifacts/${taskId}/${name}.${EXTENSION[artifact.kind]}`;
}

export function decideExecution(
  acting: Acting,
  id: string,
  report: ExecutionReport,
  delivered?: Delivered,
): Decision<TaskAnswer> {
  const entered = enter(acting, id);
  if (!entered.ok) return entered;
  const { task: before } = entered;
  if (acting.terms.leaseToken === undefined) return refuseWithoutLease(before);
  if (before.status !== "claimed" && before.status !== "in_progress") {
    return refuseTable(before, after(report, before));
  }
  acting.plan.add({
    event: `executor_${report.outcome}`,
    target: resourceOf(id),
    details: detailsOf(report, delivered),
  });
  const edited = edit(acting, before, report, delivered);
  const to = after(report, before);
  const stepped = step(acting, entered, { edited, to });
  if (!stepped.ok) return stepped;
  record(acting, before, stepped, report.outcome === "failed" ? { reason: report.reason } : {});
  return acting.plan.accept((view) => ({ ok: true, ...writtenTask(view, id) }));
}

/** Where the task stands after the report. */
function after(report: ExecutionReport, { status }: Task): Status {
  if (report.outcome === "started") return "in_progress";
  if (report.outcome === "succeeded") return "review";
  return report.retry_in_ms === undefined ? "queued" : status;
}

function edit(
  { now }: Acting,
  before: Task,
  report: ExecutionReport,
  delivered: Delivered | undefined,
): Task {
  const at = toTimestamp(now);
  if (report.outcome === "succeeded" && report.artifact !== undefined && delivered !== undefined) {
    const { executor, summary, artifact } = report;
    const { kind, base } = artifact;
    const { path, bytes } = delivered;
    const added: Artifact = { path, kind, executor, summary, base, bytes, created_at: at };
    const others = (before.artifacts ?? []).filter((other) => other.path !== path);
    return { ...before, artifacts: [...others, added].slice(-MOST_ARTIFACTS) };
  }
  if (report.outcome === "failed" && report.retry_in_ms === undefined) {
    return { ...before, blocked: { reason: reasonOf(report), since: at } };
  }
  return before;
}

const REASON_LIMIT = 2_000;

/** The reason, and as much of the end of the output as a person reads on a card. */
function reasonOf({ executor, attempt, reason, output }: Failed): string {
  const times = attempt === 1 ? "" : ` (attempt ${attempt})`;
  const head = `${executor}${times}: ${reason}`;
  const printed = output.trim();
  if (printed === "") return head;
  // Not in the middle of a surrogate pair, which no file could hold.
  const tail = printed.slice(-(REASON_LIMIT - head.length - 2)).replace(/^[\uDC00-\uDFFF]/, "");
  return `${head}\n\n${tail}`;
}

function detailsOf(
  report: ExecutionReport,
  delivered: Delivered | undefined,
): Record<string, unknown> {
  const { executor, attempt } = report;
  const which = { executor, attempt };
  if (report.outcome === "started") return which;
  if (report.outcome === "succeeded") {
    const { summary } = report;
    return { ...which, summary, ...(delivered !== undefined && { artifact: delivered.path }) };
  }
  const { reason, output, retry_in_ms } = report;
  return {
    ...which,
    reason,
    ...(output !== "" && { output }),
    ...(retry_in_ms !== undefined && { retry_in_ms }),
  };
}

function refuseWithoutLease({ id }: Task): Refused {
  return refuse(
    "not-holder",
    `Only the worker that holds ${id} reports on it. Claim it with POST /collab/tasks/claim, and send the lease's fencing_token as Lease-Token.`,
    { holder: null, expires_at: null },
  );
}
