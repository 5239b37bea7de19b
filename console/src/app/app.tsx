import { QueryClientProvider } from "@tanstack/react-query";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { TasksPage } from "../features/tasks/tasks-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { part } from "./part.tsx";
import { runtime } from "./runtime.ts";
import { Shell } from "./shell.tsx";

const AgentsPage = part(
  async () => (await import("../features/agents/agents-page.tsx")).AgentsPage,
);
const LeasesPage = part(
  async () => (await import("../features/leases/leases-page.tsx")).LeasesPage,
);
const EventsPage = part(
  async () => (await import("../features/events/events-page.tsx")).EventsPage,
);
const TimeTravelPage = part(
  async () => (await import("../features/time-travel/time-travel-page.tsx")).TimeTravelPage,
);

export function App() {
  return (
    <QueryClientProvider client={runtime().queries}>
      <BrowserRouter basename="/console">
        <Routes>
          <Route element={<Shell />}>
            <Route index element={<Navigate to="/tasks" replace />} />
            <Route path="tasks/:taskId?" element={<TasksPage />} />
            <Route path="agents/:agentId?" element={<AgentsPage />} />
            <Route path="leases" element={<LeasesPage />} />
            <Route path="events" element={<EventsPage />} />
            <Route path="time-travel" element={<TimeTravelPage />} />
            <Route path="*" element={<NotFound />} />
          </Route>
        </Routes>
      </BrowserRouter>
    </QueryClientProvider>
  );
}

function NotFound() {
  return (
    <EmptyState title="There is no such page">
      The address may be mistyped. The pages are listed in the header.
    </EmptyState>
  );
}
