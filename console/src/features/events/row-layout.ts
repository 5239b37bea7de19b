/**
 * Where each row of the list stands. Rows are equally high but for the few that are open, so nothing
 * has to be kept per row: with 100,000 of them, and thousands more in a second, that is what counts.
 */
export const ROW_HEIGHT = 32;
export const OPEN_HEIGHT = 320;
const EXTRA = OPEN_HEIGHT - ROW_HEIGHT;

export interface RowLayout {
  offsetOf(row: number): number;
  /** The row at a distance from the top. */
  rowAt(offset: number): number;
}

/** `open` are the rows that are open, in any order. */
export function createRowLayout(open: readonly number[]): RowLayout {
  const sorted = open.toSorted((a, b) => a - b);
  const offsetOf = (row: number) =>
    row * ROW_HEIGHT + EXTRA * sorted.filter((other) => other < row).length;
  return {
    offsetOf,
    rowAt(offset) {
      let row = Math.floor(Math.max(0, offset) / ROW_HEIGHT);
      // Each open row above pushes the answer up by at most its extra height.
      for (const other of sorted) {
        if (offsetOf(other) + OPEN_HEIGHT > offset) break;
        row = Math.floor((offset - EXTRA * (sorted.indexOf(other) + 1)) / ROW_HEIGHT);
      }
      const above = sorted.find(
        (other) => offsetOf(other) <= offset && offset < offsetOf(other) + OPEN_HEIGHT,
      );
      return above ?? row;
    },
  };
}
