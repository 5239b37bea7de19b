import { Button, TextInput } from "@carbon/react";
import { useState, type SubmitEvent } from "react";
import { problemCode, toRefusalText } from "../api/refusal-text.ts";
import { Dialog } from "../ui/dialog.tsx";
import { invalidProps } from "../ui/invalid.ts";
import { notify } from "../ui/notices.ts";
import { identity, toActorId } from "./identity.ts";
import { closeOverlay } from "./overlays.ts";
import { runtime } from "./runtime.ts";

/** A person says who they are, once per browser; the server then knows them as a person. */
export function IdentityDialog() {
  const [name, setName] = useState(identity.get() ?? "");
  const [problem, setProblem] = useState("");
  const id = toActorId(name);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (id === undefined) return setProblem("Give a name with at least one letter or digit.");
    const refused = await register(id, name.trim());
    if (refused !== undefined) return setProblem(refused);
    identity.set(id);
    notify("success", `You are ${id} from now on`, "Your changes carry this name.");
    closeOverlay();
  };
  return (
    <Dialog title="Who are you?" size="small" onClose={closeOverlay} testId="identity">
      <form className="form" onSubmit={(event) => void submit(event)}>
        <p>
          Your name stands beside everything you change, so that agents and people know whom to ask.
          It is kept in this browser.
        </p>
        <TextInput
          id="identity-name"
          labelText="Name"
          autoFocus
          value={name}
          {...invalidProps("identity-name", problem)}
          helperText={id === undefined || id === name ? " " : `Written as ${id}`}
          onChange={({ target }) => {
            setName(target.value);
            setProblem("");
          }}
        />
        <div className="form__end">
          <Button kind="secondary" onClick={closeOverlay}>
            Cancel
          </Button>
          <Button type="submit">That is me</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Registers a person, or takes up again a name that a person registered before. */
async function register(id: string, name: string): Promise<string | undefined> {
  const { client } = runtime();
  try {
    await client.call("createAgent", { body: { id, name, kind: "human" } });
    return undefined;
  } catch (error) {
    if (problemCode(error) !== "already-exists") return toRefusalText(error).title;
  }
  try {
    const { body } = await client.call("getAgent", { params: { id } });
    return body?.kind === "human" ? undefined : `${id} is an agent here; choose another name.`;
  } catch (error) {
    return toRefusalText(error).title;
  }
}
