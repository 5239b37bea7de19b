/** Times as people read them. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false });

/** "just now", "4 min. ago", "in 2 hr."; `then` and `now` in milliseconds. */
export function toRelative(then: number, now: number): string {
  const seconds = Math.round((then - now) / 1_000);
  if (Math.abs(seconds) < 10) return "just now";
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return relative.format(seconds, "second");
}

/** "4:05", "1:02:09": time left, never below zero. */
export function toCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3_600);
  const [minutes = 0, rest = 0] = parts;
  const end = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${end}` : `${minutes}:${end}`;
}

export function toLocal(iso: string): string {
  return local.format(new Date(iso));
}

export function toClock(iso: string): string {
  return clock.format(new Date(iso));
}

/** "2026-01-31 09:30:00 UTC" */
export function toUtc(iso: string): string {
  return `${new Date(iso).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}
