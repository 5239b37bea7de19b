import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import { useMemo } from "react";

const parser = new MarkdownIt({ html: false, linkify: true, breaks: false });
// A picture would be a request to somebody else's machine.
parser.disable("image");
parser.renderer.rules["link_open"] = (tokens, index, options, _env, renderer) => {
  const token = tokens[index];
  const href = String(token?.attrGet("href") ?? "#");
  if (token !== undefined && !href.startsWith("#")) {
    token.attrSet("target", "_blank");
    token.attrSet("rel", "noopener noreferrer");
  }
  return renderer.renderToken(tokens, index, options);
};

const SAFE = {
  ALLOWED_TAGS: [
    "p",
    "br",
    "strong",
    "em",
    "s",
    "del",
    "code",
    "pre",
    "blockquote",
    "hr",
    "ul",
    "ol",
    "li",
    "a",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
  ],
  ALLOWED_ATTR: ["href", "target", "rel", "start"],
};

/** Beyond this a text made to be slow would hold the page for seconds; it is shown as it stands. */
const MOST_CHARS = 40_000;

/** Raw HTML in the source is shown as text; what remains is sanitised once more. */
export function toSafeHtml(source: string): string {
  if (source.length > MOST_CHARS) {
    return `<pre tabindex="0">${parser.utils.escapeHtml(source)}</pre>\n`;
  }
  const html = DOMPurify.sanitize(parser.render(source), SAFE);
  // Code that is wider than its place scrolls, and what scrolls must be reached by the keyboard.
  return html.replaceAll("<pre>", '<pre tabindex="0">');
}

export function Markdown({ source }: { source: string }) {
  const html = useMemo(() => toSafeHtml(source), [source]);
  return <div className="markdown" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}
