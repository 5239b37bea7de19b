import { defineConfig } from "vitest/config";

const architecture = "scripts/architecture/*.test.ts";
const packed = "scripts/package/*.test.ts";
const crash = "server/store/crash/**/*.test.ts";

export default defineConfig({
  test: {
    passWithNoTests: false,
    allowOnly: false,
    coverage: {
      provider: "v8",
      include: ["contracts/**/*.ts", "server/**/*.ts", "console/src/**/*.{ts,tsx}"],
      exclude: ["**/*.test.{ts,tsx}"],
      reportsDirectory: "coverage",
    },
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: ["{contracts,server,scripts}/**/*.test.ts"],
          exclude: [crash, architecture, packed],
        },
      },
      { test: { name: "architecture", environment: "node", include: [architecture] } },
      {
        // The tarball as somebody else installs it.
        test: {
          name: "package",
          environment: "node",
          include: [packed],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "console",
          environment: "jsdom",
          include: ["console/src/**/*.test.{ts,tsx}"],
        },
      },
      {
        // Journeys in a real browser, against the built console.
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // Children are killed, disks filled and clocks moved: slow by nature, and alone on the machine.
        test: {
          name: "crash",
          environment: "node",
          include: [crash],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
