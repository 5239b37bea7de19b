import { Suspense, lazy, useEffect } from "react";
import { useStore } from "../ui/store.ts";
import { closeOverlay, openOverlay, overlay } from "./overlays.ts";

const loadPalette = async () => ({ default: (await import("./palette.tsx")).Palette });
const Palette = lazy(loadPalette);
const HelpDialog = lazy(async () => ({ default: (await import("./help-dialog.tsx")).HelpDialog }));
const IdentityDialog = lazy(async () => ({
  default: (await import("./identity-dialog.tsx")).IdentityDialog,
}));
const NoticePanel = lazy(async () => ({
  default: (await import("./notice-panel.tsx")).NoticePanel,
}));
const CreateDialog = lazy(async () => ({
  default: (await import("../features/tasks/create-dialog.tsx")).CreateDialog,
}));

const IDLE_MS = 2_000;

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
    // Whoever opens it types at once. Without a server it has to wait until it is wanted.
    const timer = setTimeout(() => {
      loadPalette().catch(() => undefined);
    }, IDLE_MS);
    return () => {
      clearTimeout(timer);
      removeEventListener("keydown", listen);
    };
  }, []);
  return (
    <Suspense fallback={null}>
      {open === "palette" && <Palette />}
      {open === "help" && <HelpDialog />}
      {open === "identity" && <IdentityDialog />}
      {open === "notices" && <NoticePanel />}
      {open === "create" && <CreateDialog />}
    </Suspense>
  );
}
