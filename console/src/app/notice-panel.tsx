import { Button } from "@carbon/react";
import { Close } from "@carbon/icons-react";
import { useEffect } from "react";
import { clearNotices, lastSeenNotice, notices } from "../ui/notices.ts";
import { Moment } from "../ui/moment.tsx";
import { useStore } from "../ui/store.ts";
import { NoticeIcon } from "../ui/toast-region.tsx";
import { closeOverlay } from "./overlays.ts";

/** What the toasts said, for whoever looked away. */
export function NoticePanel() {
  const kept = useStore(notices);
  const newest = kept[0]?.id ?? 0;
  useEffect(() => lastSeenNotice.set(newest), [newest]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === "Escape") closeOverlay();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  return (
    <aside className="notices" aria-label="Notifications" data-testid="notices">
      <header>
        <h2>Notifications</h2>
        <Button kind="ghost" size="sm" disabled={kept.length === 0} onClick={clearNotices}>
          Clear
        </Button>
        <button type="button" className="icon-button" aria-label="Close" onClick={closeOverlay}>
          <Close size={20} />
        </button>
      </header>
      {kept.length === 0 ? (
        <p className="hint">Nothing so far. What toasts say is kept here.</p>
      ) : (
        <ol>
          {kept.map(({ id, kind, title, text, at }) => (
            <li key={id}>
              <NoticeIcon kind={kind} />
              <div>
                <strong>{title}</strong>
                {text !== "" && <span>{text}</span>}
                <small>
                  <Moment at={new Date(at).toISOString()} />
                </small>
              </div>
            </li>
          ))}
        </ol>
      )}
    </aside>
  );
}
