import { Close } from "@carbon/icons-react";
import { useEffect, useId, useRef, type ReactNode } from "react";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: "small" | "medium" | "wide";
  readonly testId: string;
  /** Without it the first field of the content gets the focus by `autoFocus`. */
  readonly bare?: boolean;
}

/** The browser's own modal: it keeps the focus inside and gives it back, with no code of ours. */
export function Dialog({
  title,
  onClose,
  children,
  size = "medium",
  testId,
  bare = false,
}: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Left to itself the browser would focus the close button.
    dialog?.querySelector<HTMLElement>("input, select, textarea")?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className="dialog"
      data-size={size}
      data-testid={testId}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog__body">
        <header className={bare ? "visually-hidden" : "dialog__header"}>
          <h2 id={titleId}>{title}</h2>
          {!bare && (
            <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
              <Close size={20} />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
