/** `kyros guard`. */
import type { Lease } from "#contracts/lease";
import { createClock } from "../kernel/clock.ts";
import type { Instant } from "../kernel/instant.ts";
import { isBoard } from "./board.ts";
import { command } from "./command.ts";
import { CommandError, EXIT } from "./exit.ts";
import { duration, moment, printable, toJson } from "./output.ts";
import { count } from "./verify.ts";

const MOST_SHOWN = 5;

export const guard = command({
  name: "guard",
  summary: "stop a commit that touches files under somebody else's lease; the pre-commit hook",
  args: [],
  options: {},
  notes:
    "Looks at what is staged. Ends with 1 when an exclusive lease of another holder covers one of the " +
    "files. Your own leases are never in the way: you are --actor or KYROS_ACTOR, or else a person.",
  examples: ["kyros guard", "KYROS_ACTOR=agent-1 git commit"],
  async run({ board, out }) {
    if (!isBoard(board.folder)) return EXIT.ok;
    const { obstaclesTo, readLeases, stagedPaths } = await import("../git/guard.ts");
    const now = createClock().now();
    const actor = board.actor ?? "person";
    const [paths, leases] = await Promise.resolve()
      .then(() => stagedPaths(process.cwd(), board.folder))
      .then(async (staged) => [staged, await readLeases(board.folder, now)] as const)
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new CommandError(EXIT.unreachable, `The guard cannot look: ${reason}`);
      });
    const obstacles = obstaclesTo(paths, leases, actor);
    if (obstacles.length === 0) return EXIT.ok;
    const touched = new Set(obstacles.flatMap((obstacle) => obstacle.paths)).size;
    const isOne = touched === 1;
    out.complain(
      out.json
        ? toJson({ code: "lease-held", obstacles })
        : [
            `Not committed: ${count(touched, "file")} ${isOne ? "is" : "are"} under somebody else's lease.`,
            ...obstacles.flatMap(({ lease, paths: covered }) => [
              "",
              ...obstacleLines(lease, covered, now),
            ]),
            "",
            "Wait for it, or ask, or commit the rest: git restore --staged FILE. If you have agreed on it: git commit --no-verify.",
            ...(board.actor === undefined
              ? ["If this lease is yours, say so: KYROS_ACTOR=NAME git commit."]
              : []),
          ].join("\n"),
    );
    return EXIT.refused;
  },
});

function obstacleLines(lease: Lease, paths: readonly string[], now: Instant): string[] {
  const { holder, resource, expires_at, note } = lease;
  const left = duration(Date.parse(expires_at) - now);
  const more = paths.length - MOST_SHOWN;
  return [
    ...paths.slice(0, MOST_SHOWN).map((path) => `  ${printable(path)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `    ${printable(resource)} is held by ${holder} until ${moment(expires_at)} UTC (${left})`,
    ...(note === "" ? [] : [`    for: ${printable(note)}`]),
    `    ask: kyros events add noted --target agent:${holder} --text "…"`,
  ];
}
