/** `kyros doctor`: one line for each thing that has to be right, and what to do where it is not. */
import { ProblemError } from "#contracts/client";
import { createClock } from "../kernel/clock.ts";
import { mayLive } from "../store/holder.ts";
import { holderOf, isBoard } from "./board.ts";
import { command, type Board } from "./command.ts";
import { EXIT } from "./exit.ts";
import { THIS_PROGRAM } from "./init.ts";
import { conflictText } from "./merge-driver.ts";
import { printable } from "./output.ts";
import { contentText, count } from "./verify.ts";

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** How it is, and, when it is not right, what to do. */
  readonly detail: string;
}

export const doctor = command({
  name: "doctor",
  summary: "look at everything that has to be right, and say what to do where it is not",
  args: [],
  options: {},
  examples: ["kyros doctor", "kyros doctor --json"],
  async run({ board, out }) {
    const checks = [checkNode(), checkFolder(board.folder)];
    if (checks.every(({ ok }) => ok)) {
      checks.push(
        checkLock(board.folder),
        await checkServer(board),
        ...(await checkContent(board.folder)),
        await checkGit(board.folder),
        await checkConflicts(board.folder),
      );
    }
    const width = Math.max(...checks.map(({ name }) => name.length));
    out.show({ checks }, () =>
      checks
        .map(({ ok, name, detail }) => `${ok ? "ok" : "!!"}  ${name.padEnd(width)}  ${detail}`)
        .join("\n"),
    );
    return checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.refused;
  },
});

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 24 || (major === 24 && minor >= 15);
  const detail = ok ? process.version : `${process.version} is too old: install 24.15 or newer`;
  return { name: "node", ok, detail };
}

function checkFolder(folder: string): Check {
  const ok = isBoard(folder);
  const detail = ok ? folder : `${folder} holds no board: make one with kyros init`;
  return { name: "folder", ok, detail };
}

function checkLock(folder: string): Check {
  const name = "lock";
  const holder = holderOf(folder);
  if (holder === undefined) return { name, ok: true, detail: "free: no server, no command" };
  const { pid, host, since, url } = holder;
  if (!mayLive(holder)) {
    const detail = `left behind by process ${pid}, which ended without a word; the next start takes over`;
    return { name, ok: true, detail };
  }
  const what = url === undefined ? "a command" : `the server at ${url}`;
  return { name, ok: true, detail: `held by ${what}, process ${pid} on ${host}, since ${since}` };
}

async function checkServer(board: Board): Promise<Check> {
  const name = "server";
  if (holderOf(board.folder)?.url === undefined) {
    return { name, ok: true, detail: "none runs on this folder; commands open it themselves" };
  }
  try {
    const client = await board.client();
    await client.call("getReadiness", {});
    const detail = board.isOpenHere ? "gone; commands open the folder themselves" : "ready";
    return { name, ok: true, detail };
  } catch (error) {
    const said = error instanceof Error ? error.message : "no answer";
    const detail = error instanceof ProblemError ? said : `${said}. Stop it and start it again`;
    return { name, ok: false, detail };
  }
}

async function checkContent(folder: string): Promise<Check[]> {
  const { examineFolder } = await import("../local.ts");
  const { verification, checkpoint, freeBytes } = await examineFolder(folder);
  const { events, records, differences } = verification;
  const found = (part: string) =>
    differences
      .filter((difference) => difference.part === part)
      .map(({ where, what }) => `${where}: ${printable(what)}`);
  const [file, log, record] = [found("file"), found("log"), found("record")];
  const freeMiB = Math.floor(freeBytes / (1 << 20));
  return [
    {
      name: "files",
      ok: file.length === 0,
      detail: file.length === 0 ? contentText(records) : `${file.join("; ")}. Mend the file`,
    },
    {
      name: "log",
      ok: log.length === 0,
      detail: log.length === 0 ? count(events, "event") : log.join("; "),
    },
    {
      name: "agreement",
      ok: record.length === 0,
      detail:
        record.length === 0
          ? "the log leads to what the files hold"
          : `${count(record.length, "record")} differ, first ${record[0]}. See kyros verify; a start takes the files as they are`,
    },
    {
      name: "checkpoint",
      ok: true,
      detail:
        checkpoint === undefined
          ? "none: the next start reads the whole log"
          : `at event ${checkpoint}: the next start reads the log from there`,
    },
    {
      name: "space",
      ok: freeMiB >= LEAST_FREE_MIB,
      detail: `${freeMiB} MiB free${freeMiB >= LEAST_FREE_MIB ? "" : ": make room"}`,
    },
  ];
}

/** Below this the server calls itself not ready. */
const LEAST_FREE_MIB = 16;

async function checkGit(folder: string): Promise<Check> {
  const name = "git";
  const { gitSteps } = await import("../git/install.ts");
  const { git } = await import("../git/git.ts");
  const steps = gitSteps(folder, THIS_PROGRAM);
  if (steps === undefined) return { name, ok: true, detail: "not in a git repository" };
  const lacking = [
    ...steps.filter(({ isDone, obstacle }) => !isDone && obstacle === undefined),
    ...(git(folder, ["check-ignore", "-q", ".kyros/"]).ok ? [] : [{ what: ".gitignore: .kyros/" }]),
  ].map(({ what }) => what);
  if (lacking.length > 0) {
    return { name, ok: false, detail: `lacks ${lacking.join(", ")}: kyros init adds it` };
  }
  const left = steps.filter(({ isDone }) => !isDone).map(({ obstacle }) => obstacle);
  const detail = ["state files merge by record, logs by line", ...left].join("; but ");
  return { name, ok: true, detail };
}

/** What merges could not decide stays in its record until somebody does. */
async function checkConflicts(folder: string): Promise<Check> {
  const name = "conflicts";
  const { readBoard } = await import("../git/revision.ts");
  const { KINDS } = await import("#contracts/state");
  const { conflictsOf } = await import("#contracts/merge-conflict");
  const records = await readBoard(folder, undefined, createClock().now()).catch(() => undefined);
  if (records === undefined) return { name, ok: true, detail: "not looked for: see files" };
  const open = KINDS.flatMap((kind) => [...records[kind]]).flatMap(([id, record]) =>
    conflictsOf(record).map((conflict) => `${id} ${conflictText(conflict)}`),
  );
  if (open.length === 0) return { name, ok: true, detail: "no merge left anything open" };
  const detail = `${open.join("; ")}. Set the field in the state file, and take its entry out of "conflicts"`;
  return { name, ok: false, detail };
}
