export interface Page {
  readonly path: string;
  readonly name: string;
  /** After `G`. */
  readonly key: string;
}

export const PAGES: readonly Page[] = [
  { path: "/tasks", name: "Tasks", key: "t" },
  { path: "/agents", name: "Agents", key: "a" },
  { path: "/leases", name: "Leases", key: "l" },
  { path: "/events", name: "Events", key: "e" },
  { path: "/time-travel", name: "Time travel", key: "m" },
];
