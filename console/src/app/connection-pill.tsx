import { useNow } from "../live/clock.ts";
import { useStore } from "../ui/store.ts";
import { toCountdown } from "../ui/time.ts";
import { runtime } from "./runtime.ts";

const TEXTS = {
  connecting: "Connecting",
  "catching-up": "Catching up",
  live: "Live",
  offline: "Offline",
} as const;

/** Always in sight: whether what one sees is what is. */
export function ConnectionPill() {
  const { live } = runtime();
  const { status } = useStore(live.connection);
  return (
    <span className="pill-holder" role="status">
      {status === "offline" ? (
        <OfflinePill />
      ) : (
        <span className="pill" data-status={status} data-testid="connection">
          <i aria-hidden="true" />
          <span>{TEXTS[status]}</span>
        </span>
      )}
    </span>
  );
}

function OfflinePill() {
  const { live } = runtime();
  const { retryAt } = useStore(live.connection);
  const left = (retryAt ?? 0) - useNow();
  return (
    <button
      type="button"
      className="pill"
      data-status="offline"
      data-testid="connection"
      title="Try again now"
      onClick={() => live.retryNow()}
    >
      <i aria-hidden="true" />
      <span>Offline</span>
      <small aria-hidden="true">{left > 0 ? `again in ${toCountdown(left)}` : "trying…"}</small>
    </button>
  );
}
