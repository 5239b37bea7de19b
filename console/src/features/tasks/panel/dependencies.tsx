import { Close } from "@carbon/icons-react";
import { useState } from "react";
import { Link, useLocation } from "react-router";
import type { Task } from "#contracts/task";
import { runtime } from "../../../app/runtime.ts";
import { useStore } from "../../../ui/store.ts";
import { perform } from "../changes.ts";
import { STATUS_NAMES } from "../moves.ts";
import { patchChange } from "../task-changes.ts";

const OFFERED = 20;

/** What has to be done before, and what waits for this. */
export function Dependencies({ task }: { task: Task }) {
  const { tasks } = useStore(runtime().live.records);
  const set = (ids: string[]) =>
    void perform(patchChange(task, { depends_on: ids }, "Changed the dependencies"));
  const dependents = [...tasks.values()].filter(({ depends_on: ids }) => ids.includes(task.id));
  return (
    <section aria-labelledby="dependencies-title">
      <h3 id="dependencies-title">Depends on</h3>
      <ul className="links">
        {task.depends_on.map((id) => (
          <li key={id}>
            <TaskLink id={id} task={tasks.get(id)} />
            <button
              type="button"
              className="icon-button"
              aria-label={`Remove the dependency on ${id}`}
              onClick={() => set(task.depends_on.filter((other) => other !== id))}
            >
              <Close />
            </button>
          </li>
        ))}
      </ul>
      <AddDependency task={task} tasks={tasks} onAdd={(id) => set([...task.depends_on, id])} />
      {dependents.length > 0 && (
        <>
          <h3>Waited for by</h3>
          <ul className="links">
            {dependents.map((dependent) => (
              <li key={dependent.id}>
                <TaskLink id={dependent.id} task={dependent} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function TaskLink({ id, task }: { id: string; task: Task | undefined }) {
  const { search } = useLocation();
  if (task === undefined)
    return (
      <span className="link">
        <span className="mono">{id}</span> is not on the board any more
      </span>
    );
  return (
    <Link className="link" to={`/tasks/${id}${search}`}>
      <span className="mono">{id}</span> <span dir="auto">{task.title}</span>
      <small>{STATUS_NAMES[task.status]}</small>
    </Link>
  );
}

interface AddDependencyProps {
  readonly task: Task;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly onAdd: (id: string) => void;
}

function AddDependency({ task, tasks, onAdd }: AddDependencyProps) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const offered = offers(task, tasks, text);
  const submit = () => {
    const id = text.trim().split(/\s/)[0] ?? "";
    if (id === "") return;
    if (!tasks.has(id) || id === task.id) return setProblem(`There is no task ${id} to depend on.`);
    if (!task.depends_on.includes(id)) onAdd(id);
    setText("");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <input
        className="small-input"
        aria-label="Add a dependency"
        placeholder="Add by id or title"
        list="dependency-offers"
        aria-invalid={problem !== ""}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setProblem("");
        }}
      />
      <datalist id="dependency-offers">
        {offered.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </datalist>
      {problem !== "" && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

function offers(task: Task, tasks: ReadonlyMap<string, Task>, text: string): Task[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const found: Task[] = [];
  for (const other of tasks.values()) {
    if (other.id === task.id || task.depends_on.includes(other.id)) continue;
    if (`${other.id} ${other.title}`.toLowerCase().includes(wanted)) found.push(other);
    if (found.length === OFFERED) break;
  }
  return found;
}
