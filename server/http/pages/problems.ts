/** `/problems/<code>`: what each code means, and what to do about it. The `type` of a problem leads here. */
import { PROBLEMS, type ProblemCode } from "#contracts/problem";
import { refuse } from "../../kernel/refusal.ts";
import { toReply } from "../problem.ts";
import type { Reply } from "../reply.ts";
import { escapeHtml, page } from "./html.ts";

const ADVICE: Record<ProblemCode, string> = {
  malformed:
    "The bytes do not form a request: broken JSON, text that is not UTF-8, more than 100 levels, an entity tag without its quotes. The detail says where. Correct it; sending the same again cannot succeed.",
  unauthenticated:
    "The request did not prove who sends it. Send credentials that this server accepts.",
  "budget-exhausted": "What may be spent has been spent. Ask whoever set the budget for more.",
  forbidden:
    'Who sends this may not do it: a page of another site, a Host that is not this machine, or an agent that uses force. Forcing is for people: register as one with POST /collab/agents {"id": …, "kind": "human"} and name yourself in Kyros-Actor.',
  "not-found":
    "Nothing has this path or id. Somebody may have deleted it; the events tell who and when.",
  "method-not-allowed":
    "The path exists, but not for this method. The Allow header lists those it takes.",
  "already-exists":
    "A record with this id is there already. Take it as it is, or choose another id.",
  "invalid-transition":
    "The workflow has no step from this status to that one. GET /collab/workflow lists the steps there are.",
  "lease-held":
    "Somebody else is at work on this; the answer names who, and until when. Wait and ask again, take another task, or acquire with wait_ms. A person may break a lease by force.",
  "lease-expired":
    "The lease has ended, and somebody may have acted since. Acquire it again, then look at the record before going on.",
  "fence-stale":
    "The fencing token is an older one: the lease was given out again in the meantime. Stop, drop what you meant to write, and claim again.",
  "dependency-open":
    "A task that this one depends on is not done. The answer names those that are open. A person may force the step.",
  "dod-open":
    "Some items of the definition of done are not ticked. The answer names them. Tick them first.",
  "dependency-cycle":
    "With this dependency the tasks would wait for each other for ever. The answer shows the circle. Leave one of its links out.",
  "not-holder":
    "Somebody else holds the task. Only its holder may move it on: claim it once it is free, or let a person force the step.",
  "in-use":
    "Other records refer to this one; the answer names them. Change those first, or delete with ?force=true to take it out of them in the same step.",
  "idempotency-in-flight":
    "The first request with this Idempotency-Key has not been answered yet. Send it again in a moment to get that answer.",
  "patch-test-failed":
    "A test in the JSON Patch did not hold, so none of the patch was applied. Read the record again and make a new patch.",
  "cursor-gone":
    "The log does not hold this place any more: its history was rewritten, or the cursor is of another board. Take a fresh snapshot from /collab/state/{kind} and go on from its cursor.",
  "precondition-failed":
    "The record is not as you saw it. The answer holds it as it is now, with its ETag and who changed what. Merge your change into that, and send it again with the new ETag.",
  "too-large": "A body may have 1 MiB, and 16 MiB for batches and events. Send less at a time.",
  "unsupported-media":
    "The body is of a type that is not read here. Accept-Patch or Accept-Post lists those that are.",
  invalid:
    "The request was read but does not fit. errors lists everything that is wrong, each with a JSON pointer.",
  "idempotency-mismatch":
    "This Idempotency-Key belongs to an earlier request with another content. A new request takes a new key.",
  "precondition-required":
    "A change has to say which state it is based on. GET the record, and send its ETag as If-Match.",
  "rate-limited": "More requests than allowed. Wait as long as Retry-After says.",
  internal: "The server has a bug. Its log tells more under the X-Request-Id of the answer.",
  "provider-failed": "A service behind this one did not answer properly. Try again in a while.",
  draining:
    "The server is about to stop. Try again in a moment, with an Idempotency-Key where it matters.",
  "store-unavailable":
    "The disk refused a write, so nothing is written until the server is started anew. /readyz says what is wrong. Nothing that was acknowledged is lost.",
  "state-invalid":
    "A state file cannot be read: a half-saved edit or a merge conflict. The answer names the line. Once the file is right it is taken in by itself.",
  "storage-full": "The disk is full. Nothing was changed; make room and send it again.",
};

export function problemIndex(): Reply {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${status}</td><td>${escapeHtml(title)}</td></tr>`,
  );
  return page(
    "Problems",
    `<h1>Problems</h1>\n<p>Every error this server answers with. Programs switch on the code.</p>\n<table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>\n${rows.join("\n")}\n</table>`,
  );
}

export function problemPage(code: string, path: string): Reply {
  if (!isCode(code)) {
    return toReply(
      refuse("not-found", "There is no such problem. /problems lists them all."),
      path,
    );
  }
  const { status, title } = PROBLEMS[code];
  return page(
    code,
    `<h1>${escapeHtml(title)}</h1>\n<p><code>${code}</code>, status ${status}</p>\n<p>${escapeHtml(ADVICE[code])}</p>\n<p><a href="/problems">All problems</a></p>`,
  );
}

function isCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
