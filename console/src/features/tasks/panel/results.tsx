import { Copy } from "@carbon/icons-react";
import type { Artifact } from "#contracts/execution";
import type { Task } from "#contracts/task";
import { copyText } from "../../../ui/copy.ts";
import { Moment } from "../../../ui/moment.tsx";

const FOLDER = "collaboration";

/** What workers left for a person to accept: files beside the board, the newest first. */
export function Results({ task }: { task: Task }) {
  const artifacts = (task.artifacts ?? []).toReversed();
  if (artifacts.length === 0) return null;
  return (
    <section aria-labelledby="results-title" data-testid="results">
      <h3 id="results-title">Results of workers</h3>
      <ul className="results">
        {artifacts.map((artifact) => (
          <li key={artifact.path}>
            <Result artifact={artifact} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Result({ artifact }: { artifact: Artifact }) {
  const { path, kind, executor, summary, created_at: at } = artifact;
  const file = `${FOLDER}/${path}`;
  const [text, what] =
    kind === "patch" ? ([`git apply ${file}`, "Command"] as const) : ([file, "Path"] as const);
  return (
    <>
      <p dir="auto">{summary}</p>
      <p className="hint">
        {executor}, <Moment at={at} />
      </p>
      <p className="results__file">
        <code>{text}</code>
        <button
          type="button"
          className="icon-button"
          aria-label={`Copy ${text}`}
          onClick={() => void copyText(text, what)}
        >
          <Copy />
        </button>
      </p>
    </>
  );
}
