/** The built console, below `/console/`. */
import { refuse } from "../../kernel/refusal.ts";
import { sentPath, type HttpContext } from "../env.ts";
import type { Headers, Reply } from "../reply.ts";
import { toReply } from "../problem.ts";
import { fileReply } from "./files.ts";
import { htmlHeaders, page } from "./html.ts";

const PREFIX = "/console/";

const HTML = htmlHeaders(
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
);

/** Names that hold a hash of the content never mean another content. */
const HASHED: Headers = { "Cache-Control": "public, max-age=31536000, immutable" };
const OTHER: Headers = { "Cache-Control": "no-cache" };

export async function consoleReply(c: HttpContext, folder: string): Promise<Reply> {
  const path = c.req.path.slice(PREFIX.length);
  const isHashed = path.startsWith("assets/");
  const file = await fileReply(c, folder, path, isHashed ? HASHED : OTHER);
  if (file !== undefined && !path.endsWith(".html")) return file;
  if (/\.[a-z0-9]+$/.test(path) && !path.endsWith(".html")) {
    return toReply(refuse("not-found", "The console has no such file."), sentPath(c));
  }
  // Every other path is one of the console's own pages: the application finds its way by itself.
  return (await fileReply(c, folder, "index.html", HTML)) ?? notBuilt();
}

function notBuilt(): Reply {
  return page(
    "Console",
    `<h1>The console is not built yet</h1>
<p>The API works all the same: see <a href="/docs">/docs</a>. To build the console, run</p>
<pre>npm run build console</pre>
<p>and load this page again.</p>`,
    503,
  );
}
