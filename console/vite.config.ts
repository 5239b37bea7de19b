import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import flags from "../config/flags.json" with { type: "json" };

/** The two fonts of every page, asked for with the page instead of when its first text is drawn. */
function preloadFonts(): Plugin {
  return {
    name: "preload-fonts",
    transformIndexHtml: (_, { bundle = {} }) =>
      Object.keys(bundle)
        .filter((file) => /PlexSans.*\.woff2$/.test(file))
        .map((file) => ({
          tag: "link",
          attrs: { rel: "preload", as: "font", crossorigin: true, href: `/console/${file}` },
          injectTo: "head" as const,
        })),
  };
}

interface Modules {
  getModuleInfo(id: string): { isEntry: boolean; importers: readonly string[] } | null;
}

/**
 * What the page needs at once is one file: left to itself the bundler makes a chunk of everything
 * that a lazy route shares with it, and fifty small files take longer than one.
 */
function nameOfChunk(id: string, modules: Modules): string | null {
  const seen = new Set<string>();
  const isNeededAtOnce = (module: string): boolean => {
    if (seen.has(module)) return false;
    seen.add(module);
    const info = modules.getModuleInfo(module);
    return info !== null && (info.isEntry || info.importers.some(isNeededAtOnce));
  };
  return isNeededAtOnce(id) ? "main" : null;
}

/** `vite build --mode demo` makes the page that needs no server, whatever the flag says. */
export default defineConfig(({ mode, command }) => {
  // Whoever builds it from inside a test would otherwise serve the page with React's checks, three
  // times as large.
  if (command === "build" && mode === "production") process.env["NODE_ENV"] = "production";
  return {
    root: import.meta.dirname,
    base: "/console/",
    plugins: [react(), preloadFonts()],
    define: { KYROS_DEMO_MODE: JSON.stringify(flags.demoMode || mode === "demo") },
    build: {
      outDir: "../dist/console",
      emptyOutDir: true,
      target: "es2024",
      assetsInlineLimit: 0,
      // Which chunk needs which: the budgets are measured from it.
      manifest: true,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        output: { codeSplitting: { groups: [{ name: nameOfChunk, debugName: "needed at once" }] } },
      },
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
  };
});
