/** The order of ids, in files and in lists. */

/**
 * Natural order: runs of digits compare as numbers, so T-9 stands before T-10; everything else by
 * code unit. Total: two different ids never compare equal.
 */
export function compareIds(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const digitsA = digitRun(a, i);
    const digitsB = digitRun(b, j);
    if (digitsA > i && digitsB > j) {
      const order = compareDigits(a.slice(i, digitsA), b.slice(j, digitsB));
      if (order !== 0) return order;
      i = digitsA;
      j = digitsB;
      continue;
    }
    const order = a.charCodeAt(i) - b.charCodeAt(j);
    if (order !== 0) return order;
    i += 1;
    j += 1;
  }
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0);
}

function digitRun(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at += 1;
  return at;
}

function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, "");
  const y = b.replace(/^0+/, "");
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}
