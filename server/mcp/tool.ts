/** A tool: what a model reads about it, and what it does. */
import type {
  CallToolResult,
  Tool as Listing,
  ToolAnnotations,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { ProblemError, UnreachableError, type Client } from "#contracts/client";
import { actorId } from "#contracts/primitives";
import { toIssues } from "../kernel/schema-issues.ts";
import { Closed, type Door } from "./door.ts";
import { explain, Refused } from "./refusal.ts";
import { toRefusal, toResult, type Told } from "./result.ts";
import { listedSchema } from "./schema.ts";

export interface Call {
  readonly client: Client;
  /** Ends when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly canWait: boolean;
}

/** One that changes something, so that it is known who did. */
export interface Act extends Call {
  readonly actor: string;
}

interface Spec<S extends z.ZodObject, C extends Call> {
  readonly name: string;
  readonly about: string;
  readonly input: S;
  readonly run: (args: z.output<S>, call: C) => Promise<Told>;
  /** What more to tell when the server refuses: next to the code's own advice. */
  readonly refused?: (error: ProblemError, args: z.output<S>) => Told;
}

export interface Tool {
  readonly name: string;
  readonly listing: Listing;
  /** Never throws for a reason that the model could do something about. */
  call(door: Door, args: unknown, signal: AbortSignal): Promise<CallToolResult>;
}

/** A tool that changes nothing. */
export function reading<S extends z.ZodObject>(spec: Spec<S, Call>): Tool {
  return {
    name: spec.name,
    listing: list(spec, spec.input, { readOnlyHint: true, openWorldHint: false }),
    call: (door, given, signal) =>
      attempt(spec, spec.input.safeParse(given ?? {}), (args) =>
        door.visit(door.actor, (client) =>
          spec.run(args, { client, signal, canWait: door.canWait() }),
        ),
      ),
  };
}

/** A tool that changes something, in somebody's name. */
export function acting<S extends z.ZodObject>(spec: Spec<S, Act>): Tool {
  const named = z.object({ agent: actorId.optional() });
  const listed = spec.input.extend({ agent: z.string().optional() });
  return {
    name: spec.name,
    listing: list(spec, listed, { destructiveHint: false, openWorldHint: false }),
    async call(door, given, signal) {
      const { agent, ...rest } = z.looseObject({}).parse(given ?? {});
      const who = named.safeParse({ agent });
      if (!who.success) return toRefusal(unfit(spec.name, who.error));
      const actor = who.data.agent ?? door.actor;
      if (actor === undefined) return toRefusal(NAMELESS);
      return attempt(spec, spec.input.safeParse(rest), (args) =>
        door.visit(actor, (client) =>
          spec.run(args, { client, actor, signal, canWait: door.canWait() }),
        ),
      );
    },
  };
}

function list(
  { name, about }: { readonly name: string; readonly about: string },
  input: z.ZodObject,
  annotations: ToolAnnotations,
): Listing {
  return { name, description: about, inputSchema: listedSchema(input), annotations };
}

async function attempt<S extends z.ZodObject>(
  { name, refused }: Pick<Spec<S, never>, "name" | "refused">,
  parsed: z.ZodSafeParseResult<z.output<S>>,
  run: (args: z.output<S>) => Promise<Told>,
): Promise<CallToolResult> {
  if (!parsed.success) return toRefusal(unfit(name, parsed.error));
  try {
    return toResult(await run(parsed.data));
  } catch (error) {
    if (error instanceof ProblemError) {
      return toRefusal({ ...explain(error), ...refused?.(error, parsed.data) });
    }
    if (error instanceof Refused) return toRefusal(error.told);
    if (error instanceof UnreachableError) return toRefusal(unreachable(error));
    if (error instanceof Closed) return toRefusal({ code: "unreachable", detail: error.message });
    throw error;
  }
}

function unfit(name: string, error: z.ZodError): Told {
  return {
    code: "invalid",
    detail: `The arguments do not fit ${name}.`,
    errors: toIssues(error),
    next: "Correct what is named in errors and call again.",
  };
}

const NAMELESS: Told = {
  code: "invalid",
  detail: "This connection does not say who you are, and a change needs a name.",
  next: "Call again with agent: a name of your own that you keep for the whole session, such as claude-7.",
};

function unreachable(error: UnreachableError): Told {
  return {
    code: "unreachable",
    detail: `The board gave ${error.message}.`,
    next: "Look with task_get whether the change was made before you repeat it.",
  };
}
