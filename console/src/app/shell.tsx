import {
  Asleep,
  Help,
  Light,
  Notification,
  NotificationNew,
  Search,
  UserAvatar,
} from "@carbon/icons-react";
import {
  Header,
  HeaderGlobalAction,
  HeaderGlobalBar,
  HeaderMenuButton,
  HeaderMenuItem,
  HeaderName,
  HeaderNavigation,
  SideNav,
  SideNavItems,
  SideNavLink,
  SkipToContent,
} from "@carbon/react";
import { useState } from "react";
import { Link, Outlet, useLocation, useNavigate } from "react-router";
import { BulkSummary } from "../features/tasks/bulk/bulk-summary.tsx";
import { ConflictRegion } from "../features/tasks/conflict-region.tsx";
import { undo } from "../features/tasks/take-back.ts";
import { ErrorBoundary } from "../ui/error-boundary.tsx";
import { lastSeenNotice, notices } from "../ui/notices.ts";
import { PageSkeleton } from "../ui/skeleton.tsx";
import { useStore } from "../ui/store.ts";
import { ToastRegion } from "../ui/toast-region.tsx";
import { ConnectionPill } from "./connection-pill.tsx";
import { identity } from "./identity.ts";
import { closeOverlay, openOverlay, overlay } from "./overlays.ts";
import { Overlays } from "./overlay-host.tsx";
import { PAGES } from "./pages.ts";
import { Parts } from "./part.tsx";
import { ServerBanner } from "./server-banner.tsx";
import { useGoKeys, useKey } from "./shortcuts.ts";
import { theme, toggleTheme } from "./theme.ts";

export function Shell() {
  const { pathname } = useLocation();
  useShellKeys();
  return (
    <>
      <ShellHeader />
      <main id="main-content" className="page">
        <ServerBanner />
        <ErrorBoundary resetKey={pathname}>
          {/* Of its own for each page: otherwise the page before would stay until the new one is there. */}
          <Parts key={pathname.split("/")[1]} fallback={<PageSkeleton />} missingIn="page">
            <Outlet />
          </Parts>
        </ErrorBoundary>
      </main>
      <div className="corner">
        <ConflictRegion />
        <BulkSummary />
        <ToastRegion />
      </div>
      <Overlays />
    </>
  );
}

function useShellKeys(): void {
  const navigate = useNavigate();
  useKey("?", () => openOverlay("help"));
  useKey("c", () => openOverlay("create"));
  useKey("z", () => void undo());
  useKey("/", () => document.querySelector<HTMLInputElement>("[data-page-search] input")?.focus());
  useGoKeys(Object.fromEntries(PAGES.map(({ key, path }) => [key, () => void navigate(path)])));
}

function ShellHeader() {
  const { pathname } = useLocation();
  const [menuOpen, setMenuOpen] = useState(false);
  const isHere = (path: string) => pathname.startsWith(path);
  return (
    <Header aria-label="Kyros" className="shell-header">
      <SkipToContent />
      <HeaderMenuButton
        aria-label={menuOpen ? "Close menu" : "Open menu"}
        isActive={menuOpen}
        isCollapsible={false}
        onClick={() => setMenuOpen(!menuOpen)}
      />
      <HeaderName as={Link} to="/tasks" prefix="">
        <Mark /> Kyros
      </HeaderName>
      <HeaderNavigation aria-label="Pages">
        {PAGES.map(({ path, name }) => (
          <HeaderMenuItem
            key={path}
            as={Link}
            to={path}
            isActive={isHere(path)}
            {...current(isHere(path))}
          >
            {name}
          </HeaderMenuItem>
        ))}
      </HeaderNavigation>
      <ShellActions />
      <SideNav
        aria-label="Pages"
        isPersistent={false}
        expanded={menuOpen}
        onSideNavBlur={() => setMenuOpen(false)}
        onOverlayClick={() => setMenuOpen(false)}
      >
        <SideNavItems>
          {PAGES.map(({ path, name }) => (
            <SideNavLink
              key={path}
              as={Link}
              to={path}
              isActive={isHere(path)}
              onClick={() => setMenuOpen(false)}
            >
              {name}
            </SideNavLink>
          ))}
        </SideNavItems>
      </SideNav>
    </Header>
  );
}

function ShellActions() {
  const name = useStore(identity);
  const isDark = useStore(theme) === "g100";
  const newest = useStore(notices)[0]?.id ?? 0;
  const isUnread = newest > useStore(lastSeenNotice);
  const isPanelOpen = useStore(overlay) === "notices";
  return (
    <HeaderGlobalBar>
      <ConnectionPill />
      <button type="button" className="palette-button" onClick={() => openOverlay("palette")}>
        <Search /> <span>Search or run</span> <kbd>Ctrl K</kbd>
      </button>
      <HeaderGlobalAction
        aria-label={isUnread ? "Notifications, new ones" : "Notifications"}
        isActive={isPanelOpen}
        onClick={() => (isPanelOpen ? closeOverlay() : openOverlay("notices"))}
      >
        {isUnread ? <NotificationNew size={20} /> : <Notification size={20} />}
      </HeaderGlobalAction>
      <HeaderGlobalAction aria-label="Help" onClick={() => openOverlay("help")}>
        <Help size={20} />
      </HeaderGlobalAction>
      <HeaderGlobalAction aria-label={isDark ? "Light theme" : "Dark theme"} onClick={toggleTheme}>
        {isDark ? <Light size={20} /> : <Asleep size={20} />}
      </HeaderGlobalAction>
      <HeaderGlobalAction
        aria-label={name === undefined ? "Say who you are" : `You are ${name}`}
        tooltipAlignment="end"
        onClick={() => openOverlay("identity")}
      >
        {name === undefined ? (
          <UserAvatar size={20} />
        ) : (
          <span className="initials" data-initials={name.slice(0, 2)} />
        )}
      </HeaderGlobalAction>
    </HeaderGlobalBar>
  );
}

function current(isHere: boolean): { "aria-current"?: "page" } {
  return isHere ? { "aria-current": "page" } : {};
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 4h5v24H5zM12 16 22 4h6L17.6 16 28 28h-6z" />
    </svg>
  );
}
