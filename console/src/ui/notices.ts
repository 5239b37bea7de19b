/** What the page has to say: shown as toasts for a while, and kept in the notification panel. */
import { createStore } from "./store.ts";

export interface Notice {
  readonly id: number;
  readonly kind: "success" | "info" | "warning" | "error";
  readonly title: string;
  readonly text: string;
  readonly at: number;
  readonly action: NoticeAction | undefined;
  readonly toast: boolean;
}

export interface NoticeAction {
  readonly label: string;
  readonly run: () => void;
}

const KEPT = 100;
const SHOWN_MS = { success: 5_000, info: 7_000, warning: 10_000, error: 14_000 } as const;

export const notices = createStore<readonly Notice[]>([]);
/** Of those kept, how many were seen in the panel: the id of the last one. */
export const lastSeenNotice = createStore(0);

let lastId = 0;

export function notify(
  kind: Notice["kind"],
  title: string,
  text = "",
  action?: NoticeAction,
): void {
  const id = add({ kind, title, text, action, toast: true });
  setTimeout(() => dismissToast(id), SHOWN_MS[kind]);
}

/** For the panel alone: what is shown elsewhere already needs no toast. */
export function keepNotice(kind: Notice["kind"], title: string, text: string): void {
  add({ kind, title, text, action: undefined, toast: false });
}

function add(notice: Omit<Notice, "id" | "at">): number {
  lastId += 1;
  const added = { ...notice, id: lastId, at: Date.now() };
  notices.update((known) => [added, ...known].slice(0, KEPT));
  return added.id;
}

/** Takes the toast away; the notice stays in the panel. */
export function dismissToast(id: number): void {
  notices.update((known) =>
    known.map((notice) =>
      notice.id === id && notice.toast ? { ...notice, toast: false } : notice,
    ),
  );
}

export function clearNotices(): void {
  notices.set([]);
}
