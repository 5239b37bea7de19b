/** What a lease is for, in one spelling: two names for the same thing are the same text. */
import { compileGlob, compilePath, overlaps } from "./glob.ts";

export type Parsed =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly problem: string };

const PATH = "path:";

/** The contract has seen to the form; this sees to what a path may be. */
export function parseResource(resource: string): Parsed {
  if (!resource.startsWith(PATH)) return { ok: true, name: resource };
  const glob = resource.slice(PATH.length);
  if (glob.startsWith("!")) {
    return problem(
      "a lease on everything but something is not possible; name what you will change",
    );
  }
  if (/\{[^{},]*\.\.[^{},]*\}/.test(glob)) {
    return problem("ranges in braces are not known here; write the alternatives, as in {1,2,3}");
  }
  const parsed = parsePath(glob);
  if (!parsed.ok) return parsed;
  return { ok: true, name: `${PATH}${parsed.name}${glob.endsWith("/") ? "/**" : ""}` };
}

/** `./src//a` is `src/a`. Paths begin at the root of the repository and never leave it. */
export function parsePath(path: string): Parsed {
  if (/^(\/|~\/|[A-Za-z]:[\\/])/.test(path)) {
    return problem("paths begin at the root of the repository; leave out what stands before it");
  }
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) return problem("a path may not contain ..; write it from the root");
  if (segments.length === 0) return problem("this names no file; ** is everything");
  return { ok: true, name: segments.join("/") };
}

/** Whether a lease on the one and a lease on the other can mean the same thing. */
export function meetsResource(resource: string): (other: string) => boolean {
  if (!resource.startsWith(PATH)) return (other) => other === resource;
  const glob = compileGlob(resource.slice(PATH.length));
  return (other) => other.startsWith(PATH) && overlaps(glob, compileGlob(other.slice(PATH.length)));
}

/** Whether a file is covered by a lease on this resource. */
export function coversPath(resource: string): (path: string) => boolean {
  if (!resource.startsWith(PATH)) return () => false;
  const glob = compileGlob(resource.slice(PATH.length));
  return (path) => overlaps(compilePath(path), glob);
}

function problem(text: string): Parsed {
  return { ok: false, problem: text };
}
