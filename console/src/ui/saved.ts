/** Small things a browser remembers. Storage may be closed or full: then nothing is remembered. */
import { createStore, type Store } from "./store.ts";

export function readSaved(storage: "local" | "session", key: string): unknown {
  try {
    const text = storageOf(storage).getItem(`kyros.${key}`);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

export function writeSaved(storage: "local" | "session", key: string, value: unknown): void {
  try {
    if (value === undefined) storageOf(storage).removeItem(`kyros.${key}`);
    else storageOf(storage).setItem(`kyros.${key}`, JSON.stringify(value));
  } catch {
    // A full or closed storage must not stop the work at hand.
  }
}

/** A store whose value survives a reload; `parse` turns whatever was kept into a value. */
export function createSavedStore<T>(key: string, parse: (kept: unknown) => T): Store<T> {
  const store = createStore(parse(readSaved("local", key)));
  store.subscribe(() => writeSaved("local", key, store.get()));
  return store;
}

function storageOf(storage: "local" | "session"): Storage {
  return storage === "local" ? localStorage : sessionStorage;
}
