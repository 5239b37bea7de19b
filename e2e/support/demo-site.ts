/** The console built with its demonstration, served as plain files: no server of ours is near. */
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "vite";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

export interface DemoSite {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startDemoSite(): Promise<DemoSite> {
  const outDir = mkdtempSync(join(tmpdir(), "kyros-demo-"));
  const configFile = join(import.meta.dirname, "../../console/vite.config.ts");
  await build({ configFile, mode: "demo", logLevel: "error", build: { outDir } });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname.replace(/^\/console\//, "");
    const file = join(outDir, path);
    const found =
      path !== "" && extname(path) !== "" && existsSync(file) ? file : join(outDir, "index.html");
    response.setHeader("content-type", TYPES[extname(found)] ?? "application/octet-stream");
    response.end(readFileSync(found));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
