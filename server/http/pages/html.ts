/** Small pages of the server's own. */
import { hash } from "node:crypto";
import type { Headers, Reply } from "../reply.ts";

const HTML_HEADERS: Headers = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-cache",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Opener-Policy": "same-origin",
};

/** Everything a page loads comes from this server, and nobody may put it in a frame. */
export function htmlHeaders(...more: readonly string[]): Headers {
  const policy = [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    ...more,
  ];
  return { ...HTML_HEADERS, "Content-Security-Policy": policy.join("; ") };
}

/** @param body is HTML; what comes from outside has been through `escapeHtml`. */
export function page(title: string, body: string, status = 200): Reply {
  const main = `<main>\n${body}\n</main>`;
  return { status, body: shell(title, `<style>${STYLE}</style>`, main), headers: PLAIN };
}

export function shell(title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Kyros</title>
<link rel="icon" href="data:,">
${head}
</head>
<body>
${body}
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9375em; }
pre { padding: 0.75rem 1rem; overflow: auto; border: 1px solid; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; padding: 0.375rem 0.75rem 0.375rem 0; border-bottom: 1px solid; vertical-align: top; }
`;

const PLAIN = htmlHeaders(`style-src 'sha256-${hash("sha256", STYLE, "base64")}'`, "img-src data:");

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
