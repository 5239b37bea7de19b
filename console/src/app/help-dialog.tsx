import { Toggle } from "@carbon/react";
import { Dialog } from "../ui/dialog.tsx";
import { useStore } from "../ui/store.ts";
import { closeOverlay } from "./overlays.ts";
import { BOARD_SHORTCUTS, SHORTCUTS, singleKeys, type Shortcut } from "./shortcuts.ts";

export function HelpDialog() {
  const isOn = useStore(singleKeys);
  return (
    <Dialog title="Keys" onClose={closeOverlay} testId="help">
      <div className="help">
        <KeyList title="Everywhere" shortcuts={SHORTCUTS} />
        <KeyList title="On a card of the board" shortcuts={BOARD_SHORTCUTS} />
        <Toggle
          id="single-keys"
          size="sm"
          labelText="Single-key shortcuts"
          labelA="Off"
          labelB="On"
          toggled={isOn}
          onToggle={(on) => singleKeys.set(on)}
        />
        <p className="hint">
          Everything the keys do can be done by pointer too: drag a card, or use its menu “Move
          to…”.
        </p>
      </div>
    </Dialog>
  );
}

function KeyList({ title, shortcuts }: { title: string; shortcuts: readonly Shortcut[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl className="keys">
        {shortcuts.map(({ keys, text }) => (
          <div key={keys + text}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
