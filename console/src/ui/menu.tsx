import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";

interface MenuProps {
  readonly label: string;
  /** What it was opened from: it stands beside it. */
  readonly anchor: HTMLElement;
  readonly onClose: (reason: "key" | "elsewhere") => void;
  readonly testId: string;
  /** Buttons with the role of a menu item. */
  readonly children: ReactNode;
}

/** A menu at the place it was opened from, with the keys that a menu has. */
export function Menu({ label, anchor, onClose, testId, children }: MenuProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  useLayoutEffect(() => {
    if (ref.current !== null) setPlace(placeBeside(anchor, ref.current));
    ref.current
      ?.querySelector<HTMLElement>('[role="menuitem"]:not([aria-disabled="true"])')
      ?.focus();
  }, [anchor]);
  useEffect(() => {
    const close = ({ target }: PointerEvent) => {
      const isInside = target instanceof Node && ref.current?.contains(target) === true;
      const isAnchor = target instanceof Node && anchor.contains(target);
      if (!isInside && !isAnchor) onClose("elsewhere");
    };
    addEventListener("pointerdown", close);
    return () => removeEventListener("pointerdown", close);
  }, [anchor, onClose]);
  return (
    <div
      ref={ref}
      className="move-menu"
      role="menu"
      tabIndex={-1}
      aria-label={label}
      data-testid={testId}
      style={place}
      onKeyDown={(event) => onMenuKey(event, () => onClose("key"))}
    >
      <p role="presentation">{label}</p>
      {children}
    </div>
  );
}

function onMenuKey(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next !== undefined) items[(next + items.length) % items.length]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else if (event.key !== "Enter" && event.key !== " ") return;
  event.stopPropagation();
  if (event.key !== "Enter" && event.key !== " ") event.preventDefault();
}

function placeBeside(anchor: HTMLElement, menu: HTMLElement): { left: number; top: number } {
  const at = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  return {
    left: Math.max(8, Math.min(at.right - width, innerWidth - width - 8)),
    top: Math.max(8, Math.min(at.bottom + 4, innerHeight - height - 8)),
  };
}
