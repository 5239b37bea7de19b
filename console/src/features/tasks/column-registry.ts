/** Which column can bring a card into sight: cards outside of the visible part are not in the page. */
const columns = new Map<string, (taskId: string) => boolean>();

export function registerColumn(name: string, reveal: (taskId: string) => boolean): () => void {
  columns.set(name, reveal);
  return () => columns.delete(name);
}

/** Scrolls the card into sight and gives it the focus. */
export function revealCard(taskId: string): void {
  for (const reveal of columns.values()) if (reveal(taskId)) break;
  requestAnimationFrame(() => {
    const card = document.querySelector<HTMLElement>(`[data-task="${CSS.escape(taskId)}"]`);
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
