/**
 * Ranks: texts that sort by code unit. A card moves between two others by a new rank of its own,
 * strictly between theirs, and no other record changes.
 *
 *   1. There is not always a rank between two: hand-edited ones may be equal, or as close as "a" and
 *      "a0". Then the answer is undefined, and the caller gives the neighbours new ranks too.
 *   2. At the ends of a column ranks count on, so they do not get longer with the number of cards.
 */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = DIGITS.length;
const LONGEST = 200;
const COUNTED = 6;
const COUNT_END = BASE ** COUNTED;
const FIRST = "V00000";

/** Where a card goes that a person wrote into the file without a rank: behind all counted ones. */
export const UNRANKED = "z";

/** Strictly between two ranks; undefined for one of them is the end of the column. */
export function between(low: string | undefined, high: string | undefined): string | undefined {
  if (low === undefined && high === undefined) return FIRST;
  if (high === undefined) return count(low ?? "", 1) ?? middle(low ?? "", undefined);
  if (low === undefined) return count(high, -1) ?? middle("", high);
  return middle(low, high);
}

/** So many ranks, in order, all strictly between the two; undefined where they do not fit. */
export function manyBetween(
  low: string | undefined,
  high: string | undefined,
  size: number,
): string[] | undefined {
  if (size === 0) return [];
  const half = size >> 1;
  const center = between(low, high);
  if (center === undefined) return undefined;
  const left = manyBetween(low, center, half);
  const right = manyBetween(center, high, size - half - 1);
  return left === undefined || right === undefined ? undefined : [...left, center, ...right];
}

/** The next or the previous number of six digits; where there is none, undefined. */
function count(rank: string, step: 1 | -1): string | undefined {
  let number: number = step;
  for (let at = 0; at < COUNTED; at += 1) number += digit(rank, at) * BASE ** (COUNTED - 1 - at);
  if (number < 0 || number >= COUNT_END) return undefined;
  const digits: number[] = [];
  for (let rest = number; digits.length < COUNTED; rest = Math.floor(rest / BASE)) {
    digits.unshift(rest % BASE);
  }
  return toText(digits);
}

/** Digit by digit, until one fits between; once below `high`, any rest will do. */
function middle(low: string, high: string | undefined): string | undefined {
  const digits: number[] = [];
  let bound = high;
  while (digits.length < LONGEST) {
    const at = digits.length;
    if (bound !== undefined && at >= bound.length) return undefined;
    const from = digit(low, at);
    const to = bound === undefined ? BASE : digit(bound, at);
    if (from > to) return undefined;
    if (to - from > 1) return toText([...digits, (from + to) >> 1]);
    digits.push(from);
    if (from < to) bound = undefined;
  }
  return undefined;
}

/** Behind its end a rank goes on with zeros. */
function digit(rank: string, at: number): number {
  return at < rank.length ? DIGITS.indexOf(rank.charAt(at)) : 0;
}

function toText(digits: readonly number[]): string {
  return digits.map((value) => DIGITS.charAt(value)).join("");
}
