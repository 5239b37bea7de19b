/** `/docs`: the API to read and to try out. Swagger UI, from this server alone. */
import { refuse } from "../../kernel/refusal.ts";
import { sentPath, type HttpContext } from "../env.ts";
import type { Headers, Reply } from "../reply.ts";
import { toReply } from "../problem.ts";
import { fileReply } from "./files.ts";
import { htmlHeaders, page, shell } from "./html.ts";

const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];

const START = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  // Its badge would ask a service on the internet.
  validatorUrl: null,
});
`;

const HTML = htmlHeaders(
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
);

const SCRIPT: Headers = {
  "Content-Type": "text/javascript; charset=utf-8",
  "Cache-Control": "no-cache",
};

export async function docsReply(c: HttpContext, folder: string): Promise<Reply> {
  const name = c.req.path.slice("/docs".length).replace(/^\//, "");
  if (name === "start.js") return { status: 200, body: START, headers: SCRIPT };
  if (FILES.includes(name)) {
    return (await fileReply(c, folder, name, { "Cache-Control": "no-cache" })) ?? notBuilt();
  }
  if (name !== "") {
    return toReply(refuse("not-found", "The API is described at /docs."), sentPath(c));
  }
  if ((await fileReply(c, folder, "swagger-ui.css", {})) === undefined) return notBuilt();
  const head = `<link rel="stylesheet" href="/docs/swagger-ui.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/start.js" defer></script>`;
  return { status: 200, body: shell("API", head, `<main id="docs"></main>`), headers: HTML };
}

function notBuilt(): Reply {
  return page(
    "API",
    `<h1>This page is not built yet</h1>
<p>The description itself is at <a href="/openapi.json">/openapi.json</a>. To build the page, run</p>
<pre>npm run build docs</pre>`,
    503,
  );
}
