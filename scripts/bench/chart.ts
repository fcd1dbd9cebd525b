/**
 * Draws the chart for the README: the rates of each runtime and case, divided by the baseline's.
 * The scale is logarithmic: twice as fast and half as fast have the same distance from the line.
 *
 * @module
 */
import type { Rate, RateTable } from "./rates.ts";
import type { Report } from "./report.ts";

/** Bars of one color, with their label. */
interface Series {
  readonly label: string;
  readonly rates: readonly Rate[];
}

const WIDTH = 960;
const LEFT = 44;
const RIGHT = 12;

/** The heights of a panel's parts: title and legend, plot, labels; and of the caption. */
const HEAD = 76;
const PLOT = 168;
const FOOT = 62;
const CAPTION = 78;

/** The range of ratios. Bars beyond it end at its edge, and show their value. */
const LOWEST = 1 / 8;
const HIGHEST = 8;

/** The colors of the series on a light and a dark ground. The first four are the library's. */
const COLORS: readonly (readonly [light: string, dark: string])[] = [
  ["#0b5cad", "#58a6ff"],
  ["#5a9bd8", "#2f6fb5"],
  ["#a9cbea", "#1d4675"],
  ["#1f8a70", "#3fb99a"],
  ["#c4560c", "#f0883e"],
  ["#7a4fbf", "#b392f0"],
  ["#b8336a", "#f778ba"],
  ["#8a7400", "#d4b106"],
  ["#a2521f", "#ffa657"],
  ["#6e7781", "#8b949e"],
];

const STYLE = `
text { font-family: system-ui, sans-serif; font-size: 12px; fill: #1f2328; }
.title { font-size: 14px; font-weight: 600; }
.small { font-size: 11px; fill: #59636e; }
.ours { font-weight: 600; fill: ${COLORS[0]![0]}; }
.grid { stroke: #d1d9e0; }
.baseline { stroke: #1f2328; stroke-width: 1.5; }
${COLORS.map(([light], index) => `.s${index} { fill: ${light}; }`).join("\n")}
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.small { fill: #9198a1; }
.ours { fill: ${COLORS[0]![1]}; }
.grid { stroke: #3d444d; }
.baseline { stroke: #f0f6fc; }
${COLORS.map(([, dark], index) => `.s${index} { fill: ${dark}; }`).join("\n")}
}`;

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function drawText(x: number, y: number, content: string, kind = "", anchor = "start"): string {
  const attributes = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"`;
  return `<text ${attributes} class="${kind}">${escape(content)}</text>`;
}

/** Returns the distance of a ratio from the top of the plot. */
function toY(ratio: number): number {
  const bounded = Math.min(Math.max(ratio, LOWEST), HIGHEST);
  return PLOT * Math.log2(HIGHEST / bounded) / Math.log2(HIGHEST / LOWEST);
}

function isSame(one: Rate, other: Rate): boolean {
  return one.request === other.request && one.inFlight === other.inFlight;
}

/** Returns the series to draw: the library without and with `ca`, and the peers with most cases. */
function listSeries(table: RateTable, tables: readonly RateTable[], groups: number): Series[] {
  const contenders = [...new Set(table.rates.map(({ contender }) => contender))].slice(1);
  const series = contenders
    .map((label) => ({ label, rates: table.rates.filter((rate) => rate.contender === label) }))
    .filter(({ rates }) => rates.length > groups / 2);
  const isPeer = ({ label }: Series) => !/mcFetch/i.test(label);
  const peers = series.filter(isPeer);
  const ours = series.filter((one) => !isPeer(one));
  const withCa = tables.find(({ runtime, version, hasCa }) =>
    runtime === table.runtime && version === table.version && hasCa && !table.hasCa
  );
  const rates = withCa?.rates.filter(({ contender }) => contender === "createMcFetch") ?? [];
  if (rates.length > 0) ours.push({ label: "createMcFetch with ca", rates });
  return [...ours, ...peers];
}

/** Draws the legend, in as many lines as it needs. */
function drawLegend(series: readonly Series[], top: number): string {
  let x = LEFT;
  let y = top;
  return series.map(({ label }, index) => {
    const width = 30 + label.length * 6.3;
    if (x + width > WIDTH) {
      x = LEFT;
      y += 18;
    }
    const entry = `<rect x="${x}" y="${y - 10}" width="10" height="10" class="s${index}"/>` +
      drawText(x + 14, y, label);
    x += width;
    return entry;
  }).join("\n");
}

function drawScale(top: number): string {
  const ratios = [0.125, 0.25, 0.5, 1, 2, 4, 8];
  return ratios.map((ratio) => {
    const y = (top + toY(ratio)).toFixed(1);
    const line = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" class="grid"/>`;
    return line + drawText(LEFT - 6, Number(y) + 4, String(ratio), "small", "end");
  }).join("\n");
}

/** Draws a bar from the line of the baseline to the ratio. */
function drawBar(ratio: number, x: number, width: number, top: number, index: number): string {
  const [from, to] = [toY(Math.max(ratio, 1)), toY(Math.min(ratio, 1))];
  const height = Math.max(to - from, 1).toFixed(1);
  const bar = `<rect x="${x.toFixed(1)}" y="${(top + from).toFixed(1)}" ` +
    `width="${(width - 1).toFixed(1)}" height="${height}" class="s${index}"/>`;
  if (ratio <= HIGHEST) return bar;
  return bar + drawText(x + width / 2, top - 3, ratio.toFixed(0), "small", "middle");
}

function drawPanel(table: RateTable, tables: readonly RateTable[], top: number): string {
  const baseline = table.rates[0]!.contender;
  const groups = table.rates.filter(({ contender }) => contender === baseline);
  const series = listSeries(table, tables, groups.length);
  const plot = top + HEAD;
  const width = (WIDTH - LEFT - RIGHT) / groups.length;
  const barWidth = (width - 10) / series.length;
  const parts = [
    drawText(
      LEFT,
      top + 16,
      `${table.runtime} ${table.version}: requests a second, ` +
        `by those of ${baseline}${table.hasCa ? ", with ca" : ""} (= 1)`,
      "title",
    ),
    drawLegend(series, top + 36),
    drawScale(plot),
  ];
  groups.forEach((group, position) => {
    const left = LEFT + position * width;
    const middle = left + width / 2;
    series.forEach(({ rates }, index) => {
      const rate = rates.find((one) => isSame(one, group));
      if (rate === undefined) return;
      parts.push(drawBar(rate.ratio.median, left + 5 + index * barWidth, barWidth, plot, index));
    });
    const ours = series[0]?.rates.find((one) => isSame(one, group))?.ratio.median;
    parts.push(
      drawText(middle, plot + PLOT + 16, ours?.toFixed(2) ?? "", "ours", "middle"),
      drawText(middle, plot + PLOT + 31, group.request, "", "middle"),
      drawText(middle, plot + PLOT + 45, `${group.inFlight} in flight`, "small", "middle"),
    );
  });
  const y = plot + toY(1);
  parts.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" class="baseline"/>`);
  return parts.join("\n");
}

/** Draws the rates of each runtime without `ca`, or with `ca` if the report has no others. */
export function drawChart({ rates, machine, versions, date }: Report): string {
  const without = rates.filter(({ hasCa }) => !hasCa);
  const tables = without.length > 0 ? without : rates;
  const panel = HEAD + PLOT + FOOT;
  const height = tables.length * panel + CAPTION;
  const { length } = tables;
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
  const caption = [
    "Logarithmic scale: above the line is faster. The number below each group is createMcFetch's.",
    "nginx with client certificates on loopback, one process each, medians of interleaved rounds.",
    `${date}, ${machine}.`,
    `${list}.`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>Requests a second with a client certificate, by those of the runtime's own fetch</title>
<style>${STYLE}
</style>
${tables.map((table, index) => drawPanel(table, rates, index * panel)).join("\n")}
${
    caption.map((line, index) => drawText(LEFT, length * panel + 16 + index * 16, line, "small"))
      .join(
        "\n",
      )
  }
</svg>
`;
}
