import { InlineNotification } from "@carbon/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { ProblemError } from "#contracts/client";
import { useStore } from "../ui/store.ts";
import { isObject } from "../live/merge-patch.ts";
import { READINESS, runtime } from "./runtime.ts";

interface FailedCheck {
  readonly name: string;
  readonly detail: string;
}

/** Says when the server only serves what it has: read-only, a broken state file, a full disk. */
export function ServerBanner() {
  const { live, client, queries } = runtime();
  const { status } = useStore(live.connection);
  const { data: failed = [] } = useQuery({
    queryKey: READINESS,
    enabled: status === "live",
    queryFn: async () => {
      try {
        return failedChecks((await client.call("getReadiness", {})).body);
      } catch (error) {
        if (error instanceof ProblemError) return failedChecks(error.problem);
        return [];
      }
    },
  });
  useEffect(() => {
    const look = () => void queries.invalidateQueries({ queryKey: READINESS });
    // The server's own sign of life is the moment to look; the log names a rejected or adopted file.
    const leaveBookmarks = live.bookmarks.subscribe(look);
    const leaveLog = live.log.subscribe(() => {
      const { ring } = live.log.get();
      const last = ring.at(ring.firstIndex + ring.size - 1);
      if (last?.event.startsWith("state_") === true) look();
    });
    return () => {
      leaveBookmarks();
      leaveLog();
    };
  }, [live, queries]);
  const [first, ...rest] = failed;
  if (first === undefined) return null;
  return (
    <InlineNotification
      kind="error"
      lowContrast
      hideCloseButton
      data-testid="server-banner"
      title="The server does not take changes."
      subtitle={`${[first, ...rest].map(toSentence).join(" ")} What you see is the last good state; it is still served.`}
    />
  );
}

function toSentence({ name, detail }: FailedCheck): string {
  const text = `${name.replaceAll("_", " ")}: ${detail}`;
  return text.endsWith(".") ? text : `${text}.`;
}

function failedChecks(body: unknown): FailedCheck[] {
  if (!isObject(body)) return [];
  if (!isObject(body["checks"])) {
    return typeof body["detail"] === "string" ? [{ name: "store", detail: body["detail"] }] : [];
  }
  return Object.entries(body["checks"]).flatMap(([name, check]) =>
    isObject(check) && check["ok"] === false ? [{ name, detail: String(check["detail"]) }] : [],
  );
}
