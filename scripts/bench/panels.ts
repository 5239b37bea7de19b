/**
 * Small charts side by side in one SVG, each with a scale of its own that begins at zero: what does not
 * grow is a flat line. The horizontal axis is logarithmic. It follows the reader's light or dark theme.
 */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 196;
const HEIGHT = 220;
const LEFT = 14;
const RIGHT = 26;
const TOP = 64;
const BOTTOM = 34;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #3d3d3d; }
  .head { font-size: 15px; font-weight: 600; }
  .title { font-weight: 600; }
  .value { font-size: 11px; }
  .axis { stroke: #8d8d8d; }
  .line { fill: none; stroke: #0f62fe; stroke-width: 2; }
  .dot { fill: #0f62fe; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e0e0e0; }
    .line { stroke: #78a9ff; }
    .dot { fill: #78a9ff; }
  }
`;

export function drawPanels(title: string, xName: string, panels: readonly Panel[]): string {
  const width = panels.length * WIDTH;
  const described = panels.map((panel) => `${panel.title}: ${inWords(panel, xName)}.`).join(" ");
  const drawn = panels.map(
    (panel, index) => `<g transform="translate(${index * WIDTH} 0)">${drawPanel(panel)}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" role="img">`,
    `<title>${title}</title>`,
    `<desc>${described}</desc>`,
    `<style>${STYLE}</style>`,
    `<text class="head" x="${LEFT}" y="20">${title}</text>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function inWords({ unit, points }: Panel, xName: string): string {
  return points
    .map(({ x, y }) => `${shown(y)} ${unit} at ${x.toLocaleString("en")} ${xName}`)
    .join(", ");
}

function drawPanel({ title, unit, points }: Panel): string {
  const [low, high] = [points.at(0)?.x ?? 1, points.at(-1)?.x ?? 1].map(Math.log10) as [
    number,
    number,
  ];
  const most = Math.max(...points.map(({ y }) => y));
  const floor = HEIGHT - BOTTOM;
  const places = points.map(({ x, y }) => ({
    x,
    y,
    left: LEFT + ((Math.log10(x) - low) / (high - low)) * (WIDTH - LEFT - RIGHT),
    top: floor - (y / most) * (floor - TOP),
  }));
  const line = places.map(({ left, top }) => `${left.toFixed(1)},${top.toFixed(1)}`).join(" ");
  return [
    `<text class="title" x="${LEFT}" y="42">${title} (${unit})</text>`,
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${floor}" y2="${floor}"/>`,
    `<polyline class="line" points="${line}"/>`,
    ...places.map(
      ({ x, y, left, top }) =>
        `<circle class="dot" cx="${left.toFixed(1)}" cy="${top.toFixed(1)}" r="3"/>` +
        `<text class="value" text-anchor="middle" x="${left.toFixed(1)}" y="${(top - 8).toFixed(1)}">${shown(y)}</text>` +
        `<text class="value" text-anchor="middle" x="${left.toFixed(1)}" y="${floor + 16}">${short(x)}</text>`,
    ),
  ].join("\n");
}

function shown(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

function short(count: number): string {
  return count < 1_000 ? String(count) : `${count / 1_000}k`;
}
