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
