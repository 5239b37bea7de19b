import { Checkbox } from "@carbon/react";
import { TrashCan } from "@carbon/icons-react";
import { useState } from "react";
import type { DodItem, Task } from "#contracts/task";
import { perform } from "../changes.ts";
import { dodProgress } from "../moves.ts";
import { patchChange } from "../task-changes.ts";

/** The definition of done. */
export function Checklist({ task }: { task: Task }) {
  const [text, setText] = useState("");
  const { done, total } = dodProgress(task);
  const set = (dod: DodItem[], what: string) => void perform(patchChange(task, { dod }, what));
  return (
    <section aria-labelledby="dod-title">
      <h3 id="dod-title">
        Definition of done{" "}
        {total > 0 && (
          <span className="count">
            {done}/{total}
          </span>
        )}
      </h3>
      <ul className="checklist">
        {task.dod.map((item) => (
          <li key={item.id}>
            <Checkbox
              id={`dod-${item.id}`}
              labelText={item.text}
              checked={item.done}
              onChange={(_, { checked }) =>
                set(
                  task.dod.map((other) =>
                    other.id === item.id ? { ...other, done: checked } : other,
                  ),
                  checked ? "Ticked an item" : "Unticked an item",
                )
              }
            />
            <button
              type="button"
              className="icon-button"
              aria-label={`Remove “${item.text}”`}
              onClick={() =>
                set(
                  task.dod.filter(({ id }) => id !== item.id),
                  "Removed an item",
                )
              }
            >
              <TrashCan />
            </button>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === "") return;
          set(
            [...task.dod, { id: nextId(task.dod), text: text.trim(), done: false }],
            "Added an item",
          );
          setText("");
        }}
      >
        <input
          className="small-input"
          aria-label="Add an item to the definition of done"
          placeholder="Add an item"
          maxLength={1_000}
          dir="auto"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </form>
    </section>
  );
}

/** The next free `d1`, `d2`, …, as the server gives them. */
function nextId(items: readonly DodItem[]): string {
  const taken = new Set(items.map(({ id }) => id));
  let next = 1;
  while (taken.has(`d${next}`)) next += 1;
  return `d${next}`;
}
