/** What happens in the life of a board: requests, edits, restarts, and deaths at any operation of the disk. */
import * as fc from "fast-check";
import type { Doing } from "./doings.ts";
import type { Life } from "./life.ts";
import type { Death } from "./world.ts";

type Command = fc.AsyncCommand<object, Life>;

/** A request as it is drawn; which ETag it names is only known when its turn comes. */
type Drawn =
  | Exclude<Doing, { does: "swap" }>
  | { readonly does: "swap"; readonly id: string; readonly back: number };

interface Request {
  readonly drawn: Drawn;
  /** Under which key, if any: a new one, or one that was used before. */
  readonly key: "none" | "new" | number;
}

/** What somebody does while no server runs. */
type Meanwhile =
  | "nothing"
  | "append"
  | "append loosely"
  | "delete the leases"
  | { readonly edits: number; readonly how: Save };
type Save = "in place" | "by rename";

function command(name: string, run: (life: Life) => Promise<void>): Command {
  return {
    check: () => true,
    run: (_, life) => run(life),
    toString: () => name,
  };
}

function submitted(life: Life, requests: readonly Request[]): Promise<void> {
  const asked = requests.map(({ drawn, key }) => ({
    doing: toDoing(life, drawn),
    key: toKey(life, key),
  }));
  return life.ask(asked);
}

function toDoing(life: Life, drawn: Drawn): Doing {
  if (drawn.does !== "swap") return drawn;
  const { id, back } = drawn;
  return { does: "swap", id, etag: life.etags.get(id)?.at(-1 - back) ?? '"0-none"' };
}

function toKey({ keys }: Life, key: Request["key"]): string | undefined {
  if (key === "none") return undefined;
  if (key === "new") keys.push(`key-${keys.length}`);
  return key === "new" ? keys.at(-1) : keys[key % Math.max(1, keys.length)];
}

const round = (requests: readonly Request[]) =>
  command(`together: ${JSON.stringify(requests)}`, async (life) => {
    await life.world.pass(3);
    await submitted(life, requests);
    await life.look();
  });

interface Fate {
  readonly how: Death;
  /** Operations of the disk from the requests on. */
  readonly at: number;
  readonly meanwhile: Meanwhile;
  /** Deaths of the recovery, each at so many operations. */
  readonly again: readonly { readonly how: Death; readonly at: number }[];
}

const death = (rounds: readonly (readonly Request[])[], { how, at, meanwhile, again }: Fate) =>
  command(
    `${how} after ${at} operations, ${JSON.stringify({ rounds, meanwhile, again })}`,
    async (life) => {
      const { world } = life;
      await world.pass(3);
      world.cutAfter(at);
      for (const requests of rounds) await submitted(life, requests);
      life.die(how);
      happen(life, meanwhile);
      for (const second of again) {
        world.cutAfter(second.at);
        await world.open().catch(() => {});
        life.die(second.how);
      }
      await world.open();
      await life.look();
    },
  );

function happen(life: Life, meanwhile: Meanwhile): void {
  if (meanwhile === "append" || meanwhile === "append loosely") life.append(meanwhile === "append");
  else if (meanwhile === "delete the leases") life.deleteLeases();
  else if (meanwhile !== "nothing") life.edit(meanwhile.edits, meanwhile.how);
}

const restart = (requests: readonly Request[], how: Death, meanwhile: Meanwhile) =>
  command(`clean stop, then ${how}, ${JSON.stringify({ requests, meanwhile })}`, async (life) => {
    await submitted(life, requests);
    await life.stop(how);
    happen(life, meanwhile);
    await life.world.open();
    await life.look();
  });

const live = (meanwhile: Meanwhile, isNoticed: boolean) =>
  command(`beside the server, ${JSON.stringify(meanwhile)}`, async (life) => {
    happen(life, meanwhile);
    if (!isNoticed) return;
    await noticed(life);
  });

async function noticed(life: Life): Promise<void> {
  await life.world.settled(life.world.store?.look() ?? Promise.resolve());
  await life.look();
}

const full = (requests: readonly Request[], room: number, how: Death | "it lives") =>
  command(`room for ${room} bytes, then ${how}, ${JSON.stringify(requests)}`, async (life) => {
    const { world } = life;
    world.disk.capacity = world.disk.used + room;
    await submitted(life, requests);
    world.disk.capacity = Infinity;
    if (how !== "it lives") {
      life.die(how);
      await world.open();
    }
    // What was edited before could not be taken in.
    await noticed(life);
  });

/** A sync, or whatever is asked for at that moment, fails: the store is read-only until it is started again. */
const broken = (requests: readonly Request[], at: number, how: Death) =>
  command(`EIO after ${at} operations, then ${how}, ${JSON.stringify(requests)}`, async (life) => {
    const { world } = life;
    world.failAfter(at);
    await submitted(life, requests);
    // Whatever is accepted now has to last all the same.
    await submitted(life, requests);
    life.die(how);
    await world.open();
    await life.look();
  });

const wait = (ms: number) => command(`${ms} ms go by`, ({ world }) => world.pass(ms));

const setClock = (ms: number) =>
  command(`the clock is set by ${ms} ms`, ({ world }) => {
    world.setClock(ms);
    return Promise.resolve();
  });

const id = fc.constantFrom("T-1", "T-2", "T-10");
const drawn: fc.Arbitrary<Drawn> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant("write" as const), id, isBig: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("pair" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("swap" as const), id, back: fc.nat(2) }) },
  fc.record({ does: fc.constant("delete" as const), id }),
  fc.record({ does: fc.constant("say" as const) }),
  fc.record({ does: fc.constant("see" as const) }),
  fc.record({ does: fc.constant("grant" as const), resource: fc.constantFrom("name:x", "name:y") }),
);
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constant("none" as const) },
  fc.constant("new" as const),
  fc.nat(9),
);
const requests = fc.array(fc.record({ drawn, key }), { minLength: 1, maxLength: 3 });
const how = fc.constantFrom<Death>("power cut", "power cut", "kill");
const save = fc.constantFrom<Save>("in place", "by rename");
const edits = fc.record({ edits: fc.nat(9), how: save });
const meanwhile = fc.oneof(
  { weight: 6, arbitrary: fc.constant("nothing" as const) },
  edits,
  fc.constant("append" as const),
  fc.constant("delete the leases" as const),
);
const fate = fc.record({
  how,
  at: fc.nat(45),
  meanwhile,
  again: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(fc.record({ how, at: fc.nat(30) }), { maxLength: 2 }),
  ),
});

const kinds = {
  round: requests.map(round),
  death: fc
    .tuple(fc.array(requests, { minLength: 1, maxLength: 3 }), fate)
    .map(([...all]) => death(...all)),
  restart: fc.tuple(requests, how, meanwhile).map(([...all]) => restart(...all)),
  live: fc
    .tuple(fc.oneof(edits, fc.constantFrom("append", "append loosely" as const)), fc.boolean())
    .map(([...all]) => live(...all)),
  full: fc
    .tuple(requests, fc.nat(3_000), fc.constantFrom("it lives", "power cut" as const))
    .map(([...all]) => full(...all)),
  broken: fc.tuple(requests, fc.nat(25), how).map(([...all]) => broken(...all)),
  wait: fc.constantFrom(60, 300, 1_100, 11_000).map(wait),
  clock: fc.constantFrom(3_600_000, -3_600_000, 5_000).map(setClock),
};

/** Mostly deaths: they are what it is about. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 10 }, () => kinds.death),
  kinds.round,
  kinds.restart,
  kinds.live,
  kinds.full,
  kinds.broken,
  kinds.wait,
  kinds.clock,
];
