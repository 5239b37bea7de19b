/** RFC 9457's own word on a problem, applied to whatever the app answers in any test. */
import { expect } from "vitest";
import { z } from "zod";
import type { HttpApp } from "../env.ts";

/** Appendix A of the RFC, but for the descriptions. */
const APPENDIX_A = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "An RFC 7807 problem object",
  type: "object",
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer", minimum: 100, maximum: 599 },
    detail: { type: "string" },
    instance: { type: "string", format: "uri-reference" },
  },
} as const;

/** What reads the schema takes whole URLs only for this format: it is looked at by the pattern instead. */
const references = Object.entries(APPENDIX_A.properties)
  .filter(([, property]) => "format" in property)
  .map(([name]) => name);
const schema = z.fromJSONSchema(
  JSON.parse(
    JSON.stringify(APPENDIX_A, (name, value: unknown) => (name === "format" ? undefined : value)),
  ) as Parameters<typeof z.fromJSONSchema>[0],
);

/** RFC 3986, section 4.1. */
const URI_REFERENCE =
  /^([a-z][a-z0-9+.-]*:)?(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*(#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?$/i;

/** What is wrong with a problem document by the RFC. */
export function faultsOf(problem: unknown): string[] {
  const read = schema.safeParse(problem);
  if (!read.success) {
    return read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }
  const members = new Map(Object.entries(problem as object) as [string, string][]);
  return references.flatMap((name) => {
    const value = members.get(name) ?? "";
    return URI_REFERENCE.test(value) ? [] : [`${name}: ${value} is no URI reference`];
  });
}

/** Of MCP, whose errors are those of JSON-RPC, and of pages for people. */
function isOther(path: string, contentType: string): boolean {
  return path === "/mcp" || contentType.startsWith("text/html");
}

/** Every answer of 400 and above fails its test where the RFC is not content with it, whoever asked. */
export function judged(app: HttpApp): HttpApp {
  const { fetch } = app;
  app.fetch = async (request, ...rest) => {
    const response = await fetch(request, ...rest);
    const contentType = response.headers.get("content-type") ?? "";
    const { pathname } = new URL(request.url);
    if (response.status < 400 || isOther(pathname, contentType)) return response;
    expect.soft(contentType).toBe("application/problem+json");
    const text = await response.clone().text();
    if (request.method !== "HEAD") expect.soft(faultsOf(JSON.parse(text))).toEqual([]);
    return response;
  };
  return app;
}
