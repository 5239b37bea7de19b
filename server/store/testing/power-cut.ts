/** What a power cut leaves of that which nobody had synced: any of it. */

const SECTOR = 512;

export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

/** The changes that made it to the disk although nobody asked for it. */
export function survivors<T>(pending: readonly T[], random: () => number): readonly T[] {
  const upTo = Math.floor(random() * (pending.length + 1));
  const modes = [
    () => [],
    () => pending,
    () => pending.slice(0, upTo),
    () => pending.filter(() => random() < 0.5),
  ];
  return modes[Math.floor(random() * modes.length)]?.() ?? [];
}

/** The bytes of a file that was written to since its last sync. */
export function torn(
  { durable, since }: { readonly durable: Buffer; readonly since: readonly Buffer[] },
  random: () => number,
): Buffer {
  const written = since[Math.floor(random() * since.length)];
  const mode = random();
  if (written === undefined || mode < 0.25) return durable;
  if (mode < 0.5) return written;
  const between = durable.length + Math.floor(random() * (written.length - durable.length));
  const size = random() < 0.5 ? written.length : Math.max(0, between);
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += SECTOR) {
    const source = random() < 0.5 ? written : durable;
    if (at < source.length) source.copy(bytes, at, at, Math.min(at + SECTOR, size));
  }
  return bytes;
}

/** As the operating system says no. */
export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
