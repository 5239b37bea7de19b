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
  lastId += 1;
  const notice = { id: lastId, kind, title, text, at: Date.now(), action, toast: true };
  notices.update((known) => [notice, ...known].slice(0, KEPT));
  setTimeout(() => dismissToast(notice.id), SHOWN_MS[kind]);
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
