import { Button, Select, SelectItem, TextInput } from "@carbon/react";
import { useState, type SubmitEvent } from "react";
import type { Agent, AgentKind } from "#contracts/agent";
import { toRefusalText } from "../../api/refusal-text.ts";
import { toActorId } from "../../app/identity.ts";
import { runtime } from "../../app/runtime.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { invalidProps } from "../../ui/invalid.ts";
import { notify } from "../../ui/notices.ts";
import { patchAgent } from "./agent-actions.ts";

interface AgentDialogProps {
  /** Undefined: a new one. */
  readonly agent: Agent | undefined;
  readonly onClose: () => void;
}

export function AgentDialog({ agent, onClose }: AgentDialogProps) {
  const [name, setName] = useState(agent?.name ?? "");
  const [kind, setKind] = useState<AgentKind>(agent?.kind ?? "agent");
  const [role, setRole] = useState(agent?.role ?? "");
  const [skills, setSkills] = useState(agent?.skills.join(", ") ?? "");
  const [problem, setProblem] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = { name: name.trim(), kind, role: role.trim(), skills: toList(skills) };
    if (fields.name === "") return setProblem("Give a name.");
    const refused = agent === undefined ? await register(fields) : await edit(agent, fields);
    if (refused === undefined) onClose();
    else setProblem(refused);
  };
  return (
    <Dialog
      title={agent === undefined ? "Register an agent" : `Edit ${agent.id}`}
      onClose={onClose}
      size="small"
      testId="agent-dialog"
    >
      <form className="form" onSubmit={(event) => void submit(event)}>
        <TextInput
          id="agent-name"
          labelText="Name"
          autoFocus
          dir="auto"
          value={name}
          {...invalidProps("agent-name", problem)}
          onChange={({ target }) => {
            setName(target.value);
            setProblem("");
          }}
        />
        <Select
          id="agent-kind"
          labelText="Kind"
          value={kind}
          onChange={({ target }) => setKind(target.value as AgentKind)}
        >
          <SelectItem value="agent" text="Agent" />
          <SelectItem value="worker" text="Worker" />
          <SelectItem value="human" text="Person" />
        </Select>
        <TextInput
          id="agent-role"
          labelText="Role"
          value={role}
          onChange={({ target }) => setRole(target.value)}
        />
        <TextInput
          id="agent-skills"
          labelText="Skills"
          placeholder="node, sql"
          value={skills}
          onChange={({ target }) => setSkills(target.value)}
        />
        <div className="form__end">
          <Button kind="secondary" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">{agent === undefined ? "Register" : "Save"}</Button>
        </div>
      </form>
    </Dialog>
  );
}

type Fields = Pick<Agent, "name" | "kind" | "role" | "skills">;

async function register(fields: Fields): Promise<string | undefined> {
  const id = toActorId(fields.name);
  if (id === undefined) return "The name needs at least one letter or digit.";
  try {
    const { body } = await runtime().client.call("createAgent", { body: { id, ...fields } });
    if (body !== undefined) runtime().live.learn("agents", id, body.agent, body.etag);
    notify("success", `${id} is registered`);
    return undefined;
  } catch (error) {
    const { title, text } = toRefusalText(error);
    return `${title}. ${text}`;
  }
}

async function edit(agent: Agent, fields: Fields): Promise<string | undefined> {
  const isSaved = await patchAgent(agent, fields);
  return isSaved ? undefined : "It was not saved; see the message in the corner.";
}

function toList(text: string): string[] {
  return [
    ...new Set(
      text
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean),
    ),
  ];
}
