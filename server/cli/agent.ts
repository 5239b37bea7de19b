/** `kyros agent …`: who works here, be it a program, a worker or a person. */
import type { Agent, AgentMergePatch } from "#contracts/agent";
import { command, type OptionSpecs } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { moment, printable, table } from "./output.ts";
import { copy, oneOf } from "./task-fields.ts";
import { whoActs } from "./task.ts";

/** As in `contracts/agent.ts`, which loads schemas: a type holds them together. */
const KINDS = ["agent", "human", "worker"] as const satisfies readonly Agent["kind"][];
const STATUSES = [
  "idle",
  "busy",
  "waiting",
  "error",
  "offline",
] as const satisfies readonly Agent["status"][];

const FIELDS = {
  name: { type: "string", value: "TEXT", about: "what people call it; the id by default" },
  kind: { type: "string", value: "KIND", about: KINDS.join(", ") },
  role: { type: "string", value: "TEXT", about: "what it is here for" },
  skill: {
    type: "string",
    multiple: true,
    value: "WORD",
    about: "all that it is good at, one option each",
  },
  status: { type: "string", value: "STATUS", about: STATUSES.join(", ") },
} as const satisfies OptionSpecs;

export const agentList = command({
  name: "agent list",
  summary: "who works here, and on what",
  args: [],
  options: {},
  examples: ["kyros agent list"],
  async run({ board, out }) {
    const client = await board.client();
    const { body } = await client.call("listAgents", {});
    const items = body?.items ?? [];
    out.show({ items }, () => agentTable(items, out.columns));
    return EXIT.ok;
  },
});

export const agentShow = command({
  name: "agent show",
  summary: "one of them with everything about it",
  args: ["ID"],
  options: {},
  examples: ["kyros agent show agent-1"],
  async run({ args: [id = ""], board, out }) {
    const client = await board.client();
    const { body, etag } = await client.call("getAgent", { params: { id } });
    if (body !== undefined) out.show({ etag, agent: body }, () => agentText(body));
    return EXIT.ok;
  },
});

export const agentRegister = command({
  name: "agent register",
  summary: "make somebody known; an agent's first claim does it too",
  args: ["[ID]"],
  options: FIELDS,
  examples: ["kyros agent register maria --kind human --role reviewer"],
  async run({ args: [id], options, board, out }) {
    const [kind, status] = [options.text("kind"), options.text("status")];
    const client = await board.client();
    const { body } = await client.call("createAgent", {
      body: {
        id,
        name: options.text("name"),
        kind: kind === undefined ? undefined : oneOf(KINDS, kind, "--kind"),
        role: options.text("role"),
        skills: copy(options.list("skill")),
        status: status === undefined ? undefined : oneOf(STATUSES, status, "--status"),
      },
    });
    if (body !== undefined) out.show(body, () => `${body.id}  ${body.agent.kind}`);
    return EXIT.ok;
  },
});

export const agentEdit = command({
  name: "agent edit",
  summary: "change what is known about it",
  args: ["ID"],
  options: {
    ...FIELDS,
    available: { type: "boolean", about: "it takes work" },
    unavailable: { type: "boolean", about: "it takes none" },
    "if-match": { type: "string", value: "ETAG", about: "the state that you saw; now, by default" },
  },
  examples: ["kyros agent edit agent-1 --skill typescript --skill sql"],
  async run({ args: [id = ""], options, board, out }) {
    const [kind, status] = [options.text("kind"), options.text("status")];
    const isAvailable = options.flag("unavailable") ? false : undefined;
    const changes: AgentMergePatch = {
      name: options.text("name"),
      kind: kind === undefined ? undefined : oneOf(KINDS, kind, "--kind"),
      role: options.text("role"),
      skills: copy(options.list("skill")),
      status: status === undefined ? undefined : oneOf(STATUSES, status, "--status"),
      available: options.flag("available") || isAvailable,
    };
    const body = Object.fromEntries(
      Object.entries(changes).filter(([, value]) => value !== undefined),
    );
    if (Object.keys(body).length === 0) {
      throw new UsageError("Say what to change. See: kyros agent edit --help");
    }
    const client = await board.client();
    const params = { id };
    const ifMatch = options.text("if-match") ?? (await client.call("getAgent", { params })).etag;
    const answer = await client.call("patchAgent", { params, ifMatch: ifMatch ?? "", body });
    const agent = answer.body?.agent;
    if (agent !== undefined) out.show(answer.body, () => agentText(agent));
    return EXIT.ok;
  },
});

export const agentHeartbeat = command({
  name: "agent heartbeat",
  summary: "say that you are there, and what you are doing",
  args: [],
  options: {
    status: FIELDS.status,
    task: { type: "string", value: "ID", about: "what you are working on; empty for nothing" },
  },
  notes: "Needs a name: --actor, or KYROS_ACTOR.",
  examples: ["kyros agent heartbeat --status waiting --actor agent-1"],
  async run({ options, board, out }) {
    const id = whoActs(board);
    const [status, task] = [options.text("status"), options.text("task")];
    const client = await board.client();
    const { body } = await client.call("heartbeatAgent", {
      params: { id },
      body: {
        status: status === undefined ? undefined : oneOf(STATUSES, status, "--status"),
        current_task: task === "" ? null : task,
      },
    });
    out.show(body, () => `${id}  counts as there until ${moment(body?.offline_at ?? "")}`);
    return EXIT.ok;
  },
});

export const agentRemove = command({
  name: "agent remove",
  summary: "forget somebody who holds nothing",
  args: ["ID"],
  options: {
    force: { type: "boolean", about: "what it holds is taken back" },
    "if-match": { type: "string", value: "ETAG", about: "the state that you saw; now, by default" },
  },
  examples: ["kyros agent remove agent-7"],
  async run({ args: [id = ""], options, board, out }) {
    const client = await board.client();
    const params = { id };
    const ifMatch = options.text("if-match") ?? (await client.call("getAgent", { params })).etag;
    const query = { force: options.flag("force") || undefined };
    await client.call("deleteAgent", { params, query, ifMatch: ifMatch ?? "" });
    out.show({ ok: true, id }, () => `${id}  removed`);
    return EXIT.ok;
  },
});

function agentTable(agents: readonly Agent[], columns: number | undefined): string {
  if (agents.length === 0) return "No agents.";
  return table(
    ["ID", "KIND", "STATUS", "TASK", "LAST SEEN", "ROLE"],
    agents.map((agent) => [
      agent.id,
      agent.kind,
      agent.available ? agent.status : `${agent.status} (unavailable)`,
      agent.current_task ?? "-",
      moment(agent.last_seen),
      agent.role,
    ]),
    columns,
  );
}

function agentText(agent: Agent): string {
  const facts = [
    ["name", agent.name],
    ["kind", agent.kind],
    ["role", agent.role],
    ["skills", agent.skills.join(", ")],
    ["status", agent.available ? agent.status : `${agent.status}, takes no work`],
    ["task", agent.current_task ?? ""],
    ["last seen", moment(agent.last_seen)],
    ["version", `${agent.version}`],
  ] as const;
  const lines = facts.filter(([, value]) => value !== "");
  return [
    printable(agent.id),
    "",
    ...lines.map(([name, value]) => name.padEnd(12) + printable(value)),
  ].join("\n");
}
