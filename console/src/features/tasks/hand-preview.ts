/** What hangs at the pointer while several cards are dragged: the one that was taken, and how many there are. */
import { pointerOutsideOfPreview } from "@atlaskit/pragmatic-drag-and-drop/element/pointer-outside-of-preview";
import { setCustomNativeDragPreview } from "@atlaskit/pragmatic-drag-and-drop/element/set-custom-native-drag-preview";

type SetImage = Parameters<typeof setCustomNativeDragPreview>[0]["nativeSetDragImage"];

/** The browser takes its picture within this turn, too soon for React. */
export function showHand(nativeSetDragImage: SetImage, title: string, count: number): void {
  setCustomNativeDragPreview({
    nativeSetDragImage,
    getOffset: pointerOutsideOfPreview({ x: "0.5rem", y: "0.5rem" }),
    render({ container }) {
      const preview = document.createElement("div");
      preview.className = "hand";
      preview.dataset["testid"] = "hand";
      const text = document.createElement("span");
      text.textContent = title;
      const badge = document.createElement("b");
      badge.textContent = `${count} cards`;
      preview.append(text, badge);
      container.append(preview);
    },
  });
}
