/**
 * A film of a page, kept when its journey fails. A video would need a codec that the system's browser
 * does not bring; the frames themselves, in a page that plays them, need nothing.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Page } from "playwright-core";

export interface Film {
  /** One HTML file that any browser plays. */
  save(path: string): void;
}

interface Frame {
  /** Seconds. */
  readonly at: number;
  /** JPEG, base64. */
  readonly data: string;
}

/** A minute and more of a busy page: what is not drawn anew makes no frame. */
const KEPT = 600;
const FRAME_MS = 100;

export async function startFilm(page: Page): Promise<Film> {
  const session = await page.context().newCDPSession(page);
  const frames: Frame[] = [];
  session.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
    frames.push({ at: metadata.timestamp ?? 0, data });
    if (frames.length > KEPT) frames.shift();
    // The next frame comes when this one is confirmed: that is what limits their number.
    void wait(FRAME_MS)
      .then(() => session.send("Page.screencastFrameAck", { sessionId }))
      .catch(() => undefined);
  });
  const size = { maxWidth: 960, maxHeight: 600 };
  await session.send("Page.startScreencast", { format: "jpeg", quality: 60, ...size });
  return { save: (path) => writeFileSync(path, toHtml(frames)) };
}

function toHtml(frames: readonly Frame[]): string {
  const start = frames[0]?.at ?? 0;
  const list = frames.map(({ at, data }) => [Math.round((at - start) * 1_000), data]);
  return `<!doctype html>
<meta charset="utf-8" />
<title>Film of a failed journey</title>
<style>body { margin: 1rem; background: #161616; color: #f4f4f4; font-family: sans-serif } img { display: block; max-width: 100% } input { width: 60% }</style>
<img id="picture" alt="The page" />
<p><button id="play">Play</button> <input id="at" type="range" min="0" value="0" /> <output id="time"></output></p>
<script>
  const frames = ${JSON.stringify(list)};
  const [picture, play, at, time] = ["picture", "play", "at", "time"].map((id) => document.getElementById(id));
  let timer;
  const show = () => {
    const [ms, data] = frames[at.value] ?? [0, ""];
    picture.src = "data:image/jpeg;base64," + data;
    time.textContent = (ms / 1000).toFixed(1) + " s";
  };
  const next = () => {
    const [now] = frames[at.value] ?? [0];
    const [then] = frames[Number(at.value) + 1] ?? [];
    if (then === undefined) return;
    timer = setTimeout(() => { at.value = Number(at.value) + 1; show(); next(); }, then - now);
  };
  at.max = frames.length - 1;
  at.oninput = () => { clearTimeout(timer); show(); };
  play.onclick = () => { clearTimeout(timer); at.value = 0; show(); next(); };
  at.value = at.max;
  show();
</script>
`;
}
