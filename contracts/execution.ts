/**
 * Executions: a worker runs an executor on a task that it holds, and reports how it goes. The task
 * moves on in the same commit as the report, so the two never disagree.
 */
import { z } from "zod";
import { text, timestamp } from "./primitives.ts";

export const executorName = z
  .string()
  .max(48)
  .regex(/^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)?$/, "lower-case words and dashes, as in docs/format")
  .meta({ example: "docs/format" });

/** A task asks for an executor by a label that begins with this. */
export const EXECUTOR_LABEL = "executor:";

/** `patch`: for `git apply`. `report`: Markdown to read. */
export const artifactKind = z.enum(["patch", "report"]);

/** What an execution left for a person to accept: a file beside the board. */
const artifactFields = z.object({
  path: text(300, 1).meta({ description: "from the collaboration folder" }),
  kind: artifactKind,
  executor: executorName,
  summary: text(500),
  base: text(64).nullable().meta({ description: "the commit that it was made on" }),
  bytes: z.int().min(0),
  created_at: timestamp,
});

export type Artifact = z.infer<typeof artifactFields>;

export const artifactSchema = artifactFields.loose().meta({ id: "Artifact" });

export type ArtifactKind = z.infer<typeof artifactKind>;

/** The older ones of a task give way; their files stay. */
export const MOST_ARTIFACTS = 20;

const attempt = z.int().min(1).max(1_000).meta({ description: "counted from 1" });

const started = z.strictObject({
  outcome: z.literal("started"),
  executor: executorName,
  attempt,
});

const succeeded = z.strictObject({
  outcome: z.literal("succeeded"),
  executor: executorName,
  attempt,
  summary: text(500, 1).meta({ description: "one line about what came of it" }),
  artifact: z
    .strictObject({
      kind: artifactKind,
      content: text(8_000_000, 1),
      base: text(64).nullable().default(null),
    })
    .optional(),
});

const failed = z.strictObject({
  outcome: z.literal("failed"),
  executor: executorName,
  attempt,
  reason: text(500, 1),
  output: text(16_000).default("").meta({ description: "what it printed last" }),
  retry_in_ms: z.int().min(0).max(86_400_000).optional().meta({
    description: "the worker keeps the task and tries again; without it the task is blocked",
  }),
});

export const executionReport = z.discriminatedUnion("outcome", [started, succeeded, failed]);

export type ExecutionReport = z.infer<typeof executionReport>;
