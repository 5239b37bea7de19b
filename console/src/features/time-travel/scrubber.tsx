import { Button } from "@carbon/react";
import { useState } from "react";
import { toLocal } from "../../ui/time.ts";
import { useSettled } from "../../ui/use-settled.ts";

interface ScrubberProps {
  readonly span: { readonly from: number; readonly to: number };
  readonly at: number;
  readonly since: number | undefined;
  readonly onChange: (name: "at" | "since", moment: number | undefined) => void;
}

const STEPS = 1_000;

/** One slider for the moment, and a second one when two moments are compared. */
export function Scrubber({ span, at, since, onChange }: ScrubberProps) {
  return (
    <div className="scrubber">
      <Slider
        label="Moment"
        testId="scrub-at"
        span={span}
        value={at}
        onChange={(moment) => onChange("at", moment)}
      />
      {since !== undefined && (
        <Slider
          label="Compared with"
          testId="scrub-since"
          span={span}
          value={since}
          onChange={(moment) => onChange("since", moment)}
        />
      )}
      <div className="scrubber__end">
        <Button size="sm" kind="ghost" onClick={() => onChange("at", undefined)}>
          Now
        </Button>
        <Button
          size="sm"
          kind="tertiary"
          onClick={() =>
            onChange("since", since === undefined ? Math.round((span.from + at) / 2) : undefined)
          }
        >
          {since === undefined ? "Compare with an earlier moment" : "Show the board"}
        </Button>
      </div>
    </div>
  );
}

interface SliderProps {
  readonly label: string;
  readonly testId: string;
  readonly span: ScrubberProps["span"];
  readonly value: number;
  readonly onChange: (moment: number) => void;
}

/** The thumb follows at once; the state is read when it rests. */
function Slider({ label, testId, span, value, onChange }: SliderProps) {
  const [held, setHeld] = useState<number | undefined>(undefined);
  const length = Math.max(1, span.to - span.from);
  const toMoment = (step: number) => Math.round(span.from + (step / STEPS) * length);
  useSettled(held, 120, (step) => {
    if (step === undefined) return;
    onChange(toMoment(step));
    setHeld(undefined);
  });
  const text = toLocal(new Date(held === undefined ? value : toMoment(held)).toISOString());
  return (
    <label className="slider">
      <span>{label}</span>
      <input
        type="range"
        min={0}
        max={STEPS}
        value={held ?? toStep(value, span.from, length)}
        data-testid={testId}
        aria-valuetext={text}
        onChange={({ target }) => setHeld(Number(target.value))}
      />
      <output>{text}</output>
    </label>
  );
}

function toStep(moment: number, from: number, length: number): number {
  return Math.max(0, Math.min(STEPS, Math.round(((moment - from) / length) * STEPS)));
}
