import type { KnipConfig } from "knip";

const config: KnipConfig = {
  entry: [
    "server/main.ts",
    "server/cli/main.ts",
    "scripts/*.ts",
    "scripts/architecture/lint-plugin.ts",
  ],
  project: ["{contracts,server,console,e2e,scripts}/**/*.{ts,tsx}", "*.config.ts"],
  ignoreExportsUsedInFile: { interface: true, type: true },
};

export default config;
