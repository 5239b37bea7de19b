import {
  CheckmarkFilled,
  Close,
  ErrorFilled,
  InformationFilled,
  WarningFilled,
} from "@carbon/icons-react";
import { dismissToast, notices, type Notice } from "./notices.ts";
import { useStore } from "./store.ts";

const ICONS = {
  success: CheckmarkFilled,
  info: InformationFilled,
  warning: WarningFilled,
  error: ErrorFilled,
} as const;

const SHOWN = 3;

/** Never takes the focus: whoever types goes on typing. */
export function ToastRegion() {
  const shown = useStore(notices)
    .filter((notice) => notice.toast)
    .slice(0, SHOWN);
  return (
    <div className="toasts" role="status" aria-live="polite" data-testid="toasts">
      {shown.map((notice) => (
        <Toast key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function Toast({ notice: { id, kind, title, text, action } }: { notice: Notice }) {
  return (
    <div className="toast" data-kind={kind}>
      <NoticeIcon kind={kind} />
      <div className="toast__text">
        <strong>{title}</strong>
        {text !== "" && <span>{text}</span>}
      </div>
      {action !== undefined && (
        <button
          type="button"
          className="text-button"
          onClick={() => {
            dismissToast(id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="Dismiss"
        onClick={() => dismissToast(id)}
      >
        <Close />
      </button>
    </div>
  );
}

export function NoticeIcon({ kind }: { kind: Notice["kind"] }) {
  const Icon = ICONS[kind];
  return <Icon className="notice-icon" data-kind={kind} />;
}
