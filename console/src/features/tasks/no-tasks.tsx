import { Button } from "@carbon/react";
import { openOverlay } from "../../app/overlays.ts";
import { EmptyState } from "../../ui/empty-state.tsx";

export function NoTasks() {
  return (
    <EmptyState
      title="The board is empty"
      action={
        <Button size="sm" onClick={() => openOverlay("create")}>
          Create the first task
        </Button>
      }
    >
      Tasks appear here as soon as a person, an agent or a script creates them, or someone edits
      state/tasks.json by hand.
    </EmptyState>
  );
}
