/**
 * A rank between two others, for the place of a card until the server has answered with its own.
 * Ranks are strings that sort by code unit; there is always room for one more between two of them.
 */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `before` and `after` are the neighbours; an empty text is the open end. */
export function rankBetween(before: string, after: string): string {
  let rank = "";
  for (let at = 0; ; at += 1) {
    const low = before.length > at ? digitAt(before, at) : 0;
    const bounded = after !== "" && after.startsWith(rank) && after.length > at;
    const high = bounded ? digitAt(after, at) : DIGITS.length;
    const middle = Math.floor((low + high) / 2);
    if (middle > low) return rank + DIGITS.charAt(middle);
    rank += DIGITS.charAt(low);
    // Two equal ranks leave no room: the card stands right behind the first.
    if (at > 250) return rank;
  }
}

function digitAt(rank: string, at: number): number {
  return Math.max(0, DIGITS.indexOf(rank.charAt(at)));
}
