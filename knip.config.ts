import type { KnipConfig } from "knip";

const config: KnipConfig = {
  entry: [
    "server/main.ts",
    "server/cli/main.ts",
    "console/src/main.tsx",
    "scripts/*.ts",
    "scripts/{bench,example,judges,mutants,race,soak}/main.ts",
    "scripts/{example,race}/agent.ts",
    "scripts/mutants/mutant-runner.ts",
    "server/store/crash/{child,editor}.ts",
  ],
  project: ["{contracts,server,console,e2e,scripts}/**/*.{ts,tsx}", "*.config.ts"],
  vite: { config: "console/vite.config.ts", entry: "console/index.html" },
  vitest: { config: ["vitest.config.ts", "scripts/mutants/vitest.config.ts"] },
  ignoreExportsUsedInFile: true,
  // Named in a configuration or a style sheet, or run as a program, where no import shows it.
  ignoreDependencies: [
    "@ibm/plex-mono",
    "@ibm/plex-sans",
    "@modelcontextprotocol/conformance",
    "@modelcontextprotocol/inspector",
    "lefthook",
    "secretlint",
    "@secretlint/secretlint-rule-pattern",
    "@secretlint/secretlint-rule-preset-recommend",
    "swagger-ui-dist",
  ],
  // Our own, installed by a test; peers and judges, where they are installed; and what any Linux has.
  ignoreBinaries: ["kyros", "etcd", "vim", "mount", "umount", "chattr"],
};

export default config;
