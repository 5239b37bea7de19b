import { PROBLEMS, type Problem, type ProblemCode } from "#contracts/problem";
import { ROUTES, type OperationId } from "#contracts/routes";
import { isObject } from "../live/merge-patch.ts";

/** A request as the demonstration reads it. */
export interface Call {
  readonly operation: OperationId;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ifMatch: string | null;
  readonly actor: string;
}

export class DemoRefusal extends Error {
  readonly code: ProblemCode;
  readonly more: Record<string, unknown>;

  constructor(code: ProblemCode, detail: string, more: Record<string, unknown> = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

export async function toCall(request: Request): Promise<Call | undefined> {
  const { pathname, searchParams } = new URL(request.url);
  for (const [operation, route] of Object.entries(ROUTES)) {
    const params = route.method === request.method ? paramsOf(route.path, pathname) : undefined;
    if (params === undefined) continue;
    const text = await request.text();
    const body: unknown = text === "" ? {} : JSON.parse(text);
    return {
      operation: operation as OperationId,
      params,
      query: searchParams,
      body: isObject(body) ? body : { list: body },
      ifMatch: request.headers.get("if-match"),
      actor: request.headers.get("kyros-actor") ?? "person",
    };
  }
  return undefined;
}

export function toProblem({ code, message, more }: DemoRefusal, instance: string): Response {
  const { status, title } = PROBLEMS[code];
  const problem: Problem = {
    type: `/problems/${code}`,
    title,
    status,
    detail: message,
    instance,
    code,
    ...more,
  };
  const headers = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify(problem), { status, headers });
}

function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const names: string[] = [];
  const source = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name);
    return "([^/]+)";
  });
  const match = new RegExp(`^${source}$`).exec(path);
  if (match === null) return undefined;
  return Object.fromEntries(
    names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? "")]),
  );
}
