import { useEffect } from "react";
import { useStore } from "../ui/store.ts";
import { closeOverlay, openOverlay, overlay } from "./overlays.ts";
import { Parts, part } from "./part.tsx";

const Palette = part(async () => (await import("./palette.tsx")).Palette);
const HelpDialog = part(async () => (await import("./help-dialog.tsx")).HelpDialog);
const IdentityDialog = part(async () => (await import("./identity-dialog.tsx")).IdentityDialog);
const NoticePanel = part(async () => (await import("./notice-panel.tsx")).NoticePanel);
const CreateDialog = part(
  async () => (await import("../features/tasks/create-dialog.tsx")).CreateDialog,
);

/** The page's own windows; each is loaded when it is first opened. */
export function Overlays() {
  const open = useStore(overlay);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (overlay.get() === "palette") closeOverlay();
      else openOverlay("palette");
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  return (
    <Parts missingIn="corner">
      {open === "palette" && <Palette />}
      {open === "help" && <HelpDialog />}
      {open === "identity" && <IdentityDialog />}
      {open === "notices" && <NoticePanel />}
      {open === "create" && <CreateDialog />}
    </Parts>
  );
}
