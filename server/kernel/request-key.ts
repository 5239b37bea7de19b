/** A name for one request: nothing secret hangs on it, and loading a generator of secrets costs time. */
export function newRequestKey(): string {
  const part = () => Math.random().toString(36).slice(2).padEnd(11, "0");
  return `${part()}${part()}`;
}
