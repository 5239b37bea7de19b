/** "(`018f-…`, `018f-…`)" at the end of a sentence becomes links: short, since nobody reads ids. */
export function withLinks(markdown: string): string {
  return markdown.replaceAll(/\((`[\w.:-]+`(?:, `[\w.:-]+`)*)\)/g, (_, ids: string) => {
    const links = ids
      .split(", ")
      .map((id) => id.slice(1, -1))
      .map((id) => `[${id.slice(-6)}](#${id})`);
    return `(${links.join(", ")})`;
  });
}

const LONGEST_PIECE = 20_000;

/** A log is many short sentences: in pieces, since a text beyond some length is no longer read as Markdown. */
export function inPieces(markdown: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const line of markdown.split("\n")) {
    if (piece !== "" && piece.length + line.length > LONGEST_PIECE) {
      pieces.push(piece);
      piece = "";
    }
    piece += `${line}\n`;
  }
  return [...pieces, piece];
}
