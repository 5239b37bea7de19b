import { useNow } from "../live/clock.ts";
import { toLocal, toRelative, toUtc } from "./time.ts";

/** A moment, relative to now; pointing at it shows it in local time and in UTC. */
export function Moment({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={`${toLocal(at)}\n${toUtc(at)}`}>
      {toRelative(Date.parse(at), now)}
    </time>
  );
}
