/** Boards that are edited by hand and through the store, and watched for versions given twice. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KINDS, type Kind } from "#contracts/state";
import { createClock } from "../../kernel/clock.ts";
import { kinds } from "../../kinds.ts";
import { digest } from "../../store/canonical.ts";
import { openFileStore } from "../../store/open-file-store.ts";
import { accept, type Change, type Store } from "../../store/port.ts";
import { scaffold } from "../../store/scaffold.ts";
import { verifyFolder, type Difference } from "../../store/verify.ts";
import type { Fields } from "../three-way.ts";

export type Items = Readonly<Record<Kind, Readonly<Record<string, Fields>>>>;

/** What somebody does to one record: parts of it set, all of it, or the record deleted. */
export interface Edit {
  readonly kind: Kind;
  readonly id: string;
  readonly from: Fields;
  readonly fields: readonly string[];
  readonly deletes: boolean;
  /** Whoever touches the record settles what is open in it. */
  readonly settles: boolean;
}

export interface SomeBoard {
  readonly folder: string;
  items(): Items;
  edit(edits: readonly Edit[], how: "by hand" | "through the store"): Promise<void>;
  /** Notes what each version stands for now; answers those that stood for something else before. */
  reusedVersions(): string[];
}

export async function createBoard(root: string, name: string): Promise<SomeBoard> {
  const folder = join(root, name);
  scaffold(folder);
  await withStore(folder, () => Promise.resolve());
  return boardAt(folder);
}

/** One that is there, such as that of a clone. */
export function boardAt(folder: string): SomeBoard {
  const versions = new Map<string, string>();

  function items(): Items {
    const read = (kind: Kind) => readState(folder, kind).items;
    return { tasks: read("tasks"), agents: read("agents"), locks: read("locks") };
  }

  return {
    folder,
    items,
    async edit(edits, how) {
      if (how === "by hand") {
        for (const kind of KINDS) {
          const state = readState(folder, kind);
          for (const edit of edits.filter((each) => each.kind === kind)) {
            const value = edited(state.items[edit.id], edit);
            if (value === undefined) delete state.items[edit.id];
            else state.items[edit.id] = value;
          }
          writeFileSync(pathOf(folder, kind), `${JSON.stringify(state, null, 2)}\n`);
        }
        return;
      }
      await withStore(folder, async (store) => {
        const records = new Map<string, Fields | undefined>();
        const events = edits.map((edit) => {
          const { kind, id } = edit;
          const key = `${kind}/${id}`;
          const before = records.has(key) ? records.get(key) : items()[kind][id];
          records.set(key, edited(before, edit));
          return { kind, id, value: records.get(key) ?? null, isThere: before !== undefined };
        });
        const changes = events
          .filter(({ value, isThere }) => value !== null || isThere)
          .map(({ kind, id, value }) => ({ kind, id, value }) as Change);
        const named = changes.map((change) => ({
          event: "task_updated",
          target: "task:x",
          changes: [change],
        }));
        const done = await store.commit(() => accept(() => null, named), { actor: "test" });
        if (!done.ok) throw new Error(done.detail);
      });
    },
    reusedVersions() {
      const now = items();
      return KINDS.flatMap((kind) =>
        Object.entries(now[kind]).flatMap(([id, record]) => {
          const version = `${kind}/${id} ${String(record["version"])}`;
          const text = digest(withoutPresence(kind, record));
          const before = versions.get(version) ?? text;
          versions.set(version, text);
          return before === text ? [] : [version];
        }),
      );
    },
  };
}

/** As the next start of a server does; then what `kyros verify` finds, and versions given twice. */
export async function adopt(
  board: SomeBoard,
): Promise<{ differences: readonly Difference[]; reused: string[] }> {
  await withStore(board.folder, () => Promise.resolve());
  const { differences } = await verifyFolder({
    folder: board.folder,
    kinds,
    clock: createClock(),
  });
  return { differences, reused: board.reusedVersions() };
}

async function withStore(folder: string, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openFileStore({ folder, kinds, clock: createClock() });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

function edited(before: Fields | undefined, edit: Edit): Fields | undefined {
  if (edit.deletes) return undefined;
  if (before === undefined) return edit.from;
  const chosen = Object.entries(edit.from).filter(([name]) => edit.fields.includes(name));
  const after = { ...before, ...Object.fromEntries(chosen) };
  if (edit.settles) delete (after as { conflicts?: unknown }).conflicts;
  return after;
}

function withoutPresence(kind: Kind, record: Fields): Fields {
  const names = Object.entries(record).filter(([name]) => !kinds[kind].volatile.includes(name));
  return Object.fromEntries(names);
}

interface State {
  readonly kind: Kind;
  readonly items: Record<string, Fields>;
}

function readState(folder: string, kind: Kind): State {
  return JSON.parse(readFileSync(pathOf(folder, kind), "utf8")) as State;
}

function pathOf(folder: string, kind: Kind): string {
  return join(folder, "state", kinds[kind].file);
}
