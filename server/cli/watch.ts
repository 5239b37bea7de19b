/** `kyros watch`: the board in the terminal, as it changes. */
import { createClock } from "../kernel/clock.ts";
import { every, sleep } from "../kernel/timers.ts";
import type { BoardNow } from "./board-view.ts";
import { command, type Board, type Terminal } from "./command.ts";
import { eventText, follow } from "./events.ts";
import { EXIT } from "./exit.ts";
import type { Output } from "./output.ts";
import { gather } from "./pages.ts";

/** Leases show seconds; nothing else moves by itself. */
const TICK_MS = 1_000;
/** However much happens, the picture stands still for so long. */
const CALM_MS = 250;
const KEPT_NEWS = 10;

export const watch = command({
  name: "watch",
  summary: "the board in the terminal, as it changes; q ends it",
  args: [],
  options: {},
  notes: "Where there is no terminal, the board as it is now is printed once. NO_COLOR is heeded.",
  examples: ["kyros watch"],
  async run({ board, out, terminal, interruption }) {
    const { boardLines } = await import("./board-view.ts");
    const clock = createClock();
    const end = await (
      await board.client()
    ).call("tailEvents", {
      query: { mode: "poll", wait_ms: 0 },
    });
    let now: BoardNow = { ...(await look(board)), news: [] };
    const screen = terminal();
    if (screen === undefined) {
      const frame = { columns: out.columns ?? 200, rows: 10_000, hasColours: false };
      const { tasks, leases } = now;
      const lines = () => boardLines(now, { ...frame, nowMs: clock.now() });
      out.show({ tasks, leases }, () => lines().join("\n").trimEnd());
      return EXIT.ok;
    }
    const picture = createPicture(screen, () => {
      const { hasColours } = screen;
      return boardLines(now, { ...screen.size(), hasColours, nowMs: clock.now() });
    });
    const stop = stopper(screen, interruption());
    const say = (status: string) => {
      now = { ...now, status };
      picture.draw();
    };
    const quiet: Output = { ...out, note: say, complain: say };
    const stopTicking = every(TICK_MS, () => picture.draw());
    try {
      picture.draw();
      await follow(
        {
          filters: { event: undefined, actor: undefined, target: undefined },
          from: end.body?.next_cursor,
          async onEvents(events) {
            if (events.length === 0 && now.status === undefined) return;
            const news = [...now.news, ...events.map(eventText)].slice(-KEPT_NEWS);
            now = { ...(await look(board)), news };
            picture.draw();
            if (!board.isOpenHere) await sleep(CALM_MS, stop);
          },
        },
        { board, out: quiet, interruption: () => stop },
      );
    } finally {
      stopTicking();
      picture.close();
    }
    return EXIT.ok;
  },
});

async function look(board: Board): Promise<Pick<BoardNow, "tasks" | "leases">> {
  const client = await board.client();
  const tasks = await gather(Number.POSITIVE_INFINITY, async (limit, cursor) => {
    const { body } = await client.call("listTasks", { query: { limit, page_cursor: cursor } });
    return { items: body?.items ?? [], next: body?.next_page_cursor ?? null };
  });
  const { body } = await client.call("listLeases", {});
  return { tasks, leases: body?.items ?? [] };
}

const CTRL_C = "\u0003";

function stopper(screen: Terminal, interruption: AbortSignal): AbortSignal {
  const stop = new AbortController();
  screen.onKey((key) => {
    if (key === "q" || key === "Q" || key === CTRL_C) stop.abort();
  });
  interruption.addEventListener("abort", () => stop.abort());
  return stop.signal;
}

/** A screen of its own, of which only those lines are written that changed: nothing flickers. */
function createPicture(screen: Terminal, lines: () => readonly string[]) {
  let drawn: readonly string[] = [];
  screen.write("\u001b[?1049h\u001b[?25l\u001b[2J");

  function draw(): void {
    const next = lines();
    let text = "";
    for (let row = 0; row < Math.max(next.length, drawn.length); row += 1) {
      const line = next[row] ?? "";
      if (line !== drawn[row]) text += `\u001b[${row + 1};1H${line}\u001b[K`;
    }
    drawn = next;
    if (text !== "") screen.write(text);
  }

  screen.onResize(() => {
    drawn = [];
    screen.write("\u001b[2J");
    draw();
  });
  return {
    draw,
    close() {
      screen.write("\u001b[?25h\u001b[?1049l");
      screen.close();
    },
  };
}
