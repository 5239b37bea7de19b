import { Button, TextInput } from "@carbon/react";
import { useState, type SubmitEvent } from "react";
import type { Status } from "#contracts/workflow";
import { Dialog } from "../../ui/dialog.tsx";
import { invalidProps } from "../../ui/invalid.ts";
import { STATUS_NAMES } from "./moves.ts";
import { setWipLimit, wipLimits } from "./wip-limits.ts";

export function WipDialog({ status, onClose }: { status: Status; onClose: () => void }) {
  const [text, setText] = useState(String(wipLimits.get()[status] ?? ""));
  const limit = text.trim() === "" ? undefined : Number(text);
  const isValid = limit === undefined || (Number.isInteger(limit) && limit > 0);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isValid) return;
    setWipLimit(status, limit);
    onClose();
  };
  return (
    <Dialog
      title={`Limit of ${STATUS_NAMES[status]}`}
      size="small"
      onClose={onClose}
      testId="wip-dialog"
    >
      <form className="form" onSubmit={submit}>
        <TextInput
          id="wip-limit"
          labelText="Cards at most"
          inputMode="numeric"
          autoComplete="off"
          value={text}
          {...invalidProps(
            "wip-limit",
            isValid ? undefined : "Give a whole number above zero, or nothing for no limit.",
          )}
          helperText="A reminder: nothing is refused. It is kept in this browser."
          onChange={({ target }) => setText(target.value)}
        />
        <div className="form__end">
          <Button kind="secondary" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">{limit === undefined ? "No limit" : "Set the limit"}</Button>
        </div>
      </form>
    </Dialog>
  );
}
