import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import flags from "../config/flags.json" with { type: "json" };

/** `vite build --mode demo` makes the page that needs no server, whatever the flag says. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: "/console/",
  plugins: [react()],
  define: { KYROS_DEMO_MODE: JSON.stringify(flags.demoMode || mode === "demo") },
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    target: "es2024",
    assetsInlineLimit: 0,
    // Which chunk needs which: the budgets are measured from it.
    manifest: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  worker: { format: "es" },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(
      ["/collab", "/healthz", "/readyz", "/api", "/docs", "/openapi.json", "/problems"].map(
        (path) => [path, { target: "http://127.0.0.1:8000", changeOrigin: true }],
      ),
    ),
  },
}));
