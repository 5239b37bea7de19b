import { Button, Select, SelectItem } from "@carbon/react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type MouseEvent } from "react";
import { useLocation, useNavigate } from "react-router";
import { toRefusalText } from "../../api/refusal-text.ts";
import { runtime } from "../../app/runtime.ts";
import { serverNow } from "../../live/clock.ts";
import { copyText } from "../../ui/copy.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { notify } from "../../ui/notices.ts";
import { inPieces, withLinks } from "./citations.ts";
import { toQuery, type EventFilter } from "./event-filter.ts";

const HOUR_MS = 3_600_000;
const SPANS = [
  ["1", "The last hour"],
  ["12", "The last 12 hours"],
  ["24", "The last day"],
  ["168", "The last week"],
  ["", "All"],
] as const;

/** What happened, in sentences, by the filter that is set. */
export function HumanLog({ filter, onClose }: { filter: EventFilter; onClose: () => void }) {
  const [hours, setHours] = useState("12");
  const log = useMutation({
    networkMode: "always",
    mutationFn: async (write: boolean) => {
      const since =
        hours === ""
          ? {}
          : { since: new Date(serverNow() - Number(hours) * HOUR_MS).toISOString() };
      const { body } = await runtime().client.call("humanLog", {
        body: { ...toQuery(filter), ...since, write },
      });
      if (write && body?.written != null) notify("success", "Human log written", body.written);
      return body;
    },
  });
  const { mutate } = log;
  useEffect(() => mutate(false), [mutate, hours]);
  const markdown = log.data?.markdown ?? "";
  return (
    <Dialog title="Human log" size="wide" onClose={onClose} testId="human-log">
      <div className="human-log">
        <div className="human-log__bar">
          <Select
            id="log-span"
            size="sm"
            labelText="Span"
            inline
            value={hours}
            onChange={({ target }) => setHours(target.value)}
          >
            {SPANS.map(([value, text]) => (
              <SelectItem key={value} value={value} text={text} />
            ))}
          </Select>
          <span className="hint">{log.data === undefined ? "" : `${log.data.events} events`}</span>
          <Button
            size="sm"
            kind="ghost"
            disabled={markdown === ""}
            onClick={() => void copyText(markdown, "Markdown")}
          >
            Copy Markdown
          </Button>
          <Button size="sm" kind="tertiary" disabled={markdown === ""} onClick={() => mutate(true)}>
            Write to logs/log.md
          </Button>
        </div>
        {log.isError && <p className="problem">{toRefusalText(log.error).text}</p>}
        <Cited markdown={markdown} onOpen={onClose} />
      </div>
    </Dialog>
  );
}

/** The ids that a sentence cites, as links into the list of events. */
function Cited({ markdown, onOpen }: { markdown: string; onOpen: () => void }) {
  const navigate = useNavigate();
  // Under the same filter: what the log tells is what the list shows.
  const { search } = useLocation();
  const open = (event: MouseEvent) => {
    const link = event.target instanceof HTMLElement ? event.target.closest("a") : null;
    const id = link?.hash.slice(1) ?? "";
    if (id === "") return;
    event.preventDefault();
    onOpen();
    void navigate({ search, hash: `#${id}` });
  };
  return (
    <div role="presentation" onClick={open}>
      {inPieces(withLinks(markdown)).map((piece, at) => (
        <Markdown key={at} source={piece} />
      ))}
    </div>
  );
}
