// Line charts as SVG text: axes with round ticks, a legend, and a description for those who cannot see the picture. Series
// differ by colour, dash and marker, so that none depends on colour alone. Colours are the page's CSS variables.

import { escapeHtml } from "./report-page.ts";

export interface ChartSeries {
  name: string;
  /** In order of x; points that are not finite leave a gap. */
  points: readonly (readonly [x: number, y: number])[];
  /** Which of the page's colours, dashes and markers: 0 to 3. */
  look: 0 | 1 | 2 | 3;
  /** Faint: the raw values behind a smoothed line. */
  faint?: boolean;
  /** Narrow: one of many lines. */
  thin?: boolean;
  /** A dot on every point: for few points. */
  markers?: boolean;
}

export interface ChartOptions {
  /** Unique on the page: names the title and the description. */
  id: string;
  title: string;
  xLabel: string;
  yLabel: string;
  /** The y axis begins at or below this value. */
  yFrom?: number;
  width?: number;
  height?: number;
}

const COLORS = ["var(--a)", "var(--b)", "var(--c)", "var(--d)"];
const DASHES = ["", "7 4", "2 3", "9 3 2 3"];
const LEGEND_ROW = 20;

/**
 * The chart as one `<svg>` element. Series without a finite point are left out of the picture, not of the legend.
 * The description states each series' first, lowest, highest and last value.
 */
export function svgLineChart(series: readonly ChartSeries[], options: ChartOptions): string {
  const width = options.width ?? 880;
  const height = options.height ?? 300;
  const legend = legendPlaces(series, 80, width - 18);
  const margin = { top: 46 + LEGEND_ROW * Math.max(0, ...legend.map(({ row }) => row)), right: 18, bottom: 46, left: 80 };
  const finite = series.flatMap(({ points }) => points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
  const xTicks = roundTicks(extent(finite.map(([x]) => x)), 8, true);
  const yTicks = roundTicks(
    extent([...finite.map(([, y]) => y), ...(options.yFrom === undefined ? [] : [options.yFrom])]),
    5,
  );
  const [xFrom, xTo] = extent(finite.map(([x]) => x));
  const [yFrom, yTo] = [yTicks[0], yTicks[yTicks.length - 1]];
  const xOf = (x: number): number => margin.left + ((x - xFrom) / (xTo - xFrom)) * (width - margin.left - margin.right);
  const yOf = (y: number): number =>
    height - margin.bottom - ((y - yFrom) / (yTo - yFrom)) * (height - margin.top - margin.bottom);

  const parts: string[] = [];
  for (const tick of yTicks) {
    const y = place(yOf(tick));
    parts.push(`<line x1="${margin.left}" x2="${width - margin.right}" y1="${y}" y2="${y}" stroke="var(--line)"/>`);
    parts.push(text(margin.left - 8, yOf(tick) + 4, tickLabel(tick, yTicks), "end"));
  }
  for (const tick of xTicks.filter((value) => value >= xFrom && value <= xTo)) {
    const x = place(xOf(tick));
    parts.push(
      `<line x1="${x}" x2="${x}" y1="${height - margin.bottom}" y2="${height - margin.bottom + 5}" stroke="var(--quiet)"/>`,
    );
    parts.push(text(xOf(tick), height - margin.bottom + 20, tickLabel(tick, xTicks), "middle"));
  }
  const base = height - margin.bottom;
  parts.push(
    `<line x1="${margin.left}" x2="${width - margin.right}" y1="${base}" y2="${base}" stroke="var(--quiet)"/>`,
  );
  parts.push(text((margin.left + width - margin.right) / 2, height - 6, options.xLabel, "middle"));
  const middle = place((margin.top + base) / 2);
  parts.push(
    `<text x="14" y="${middle}" transform="rotate(-90 14 ${middle})" text-anchor="middle" fill="var(--quiet)">${escapeHtml(options.yLabel)}</text>`,
  );
  for (const line of series) parts.push(...lineParts(line, xOf, yOf));
  parts.push(...legendParts(series, legend));

  const description = series.map(describe).join(" ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${options.id}-title ${options.id}-description" font-size="13" font-family="inherit">
<title id="${options.id}-title">${escapeHtml(options.title)}</title>
<desc id="${options.id}-description">${escapeHtml(description)}</desc>
${parts.join("\n")}
</svg>`;
}

function lineParts(series: ChartSeries, xOf: (x: number) => number, yOf: (y: number) => number): string[] {
  const color = COLORS[series.look];
  const look = series.faint
    ? 'stroke-width="1" opacity="0.35"'
    : `stroke-width="${series.thin === true ? "1.3" : "2"}"`;
  const dash = series.faint || DASHES[series.look] === "" ? "" : ` stroke-dasharray="${DASHES[series.look]}"`;
  const parts: string[] = [];
  let run: string[] = [];
  const endRun = (): void => {
    if (run.length > 1) {
      parts.push(
        `<polyline points="${run.join(" ")}" fill="none" stroke="${color}" stroke-linejoin="round" ${look}${dash}/>`,
      );
    }
    run = [];
  };
  for (const [x, y] of series.points) {
    if (Number.isFinite(x) && Number.isFinite(y)) run.push(`${place(xOf(x))},${place(yOf(y))}`);
    else endRun();
  }
  endRun();
  if (series.markers) {
    for (const [x, y] of series.points.filter((point) => point.every(Number.isFinite))) {
      parts.push(
        `<circle cx="${place(xOf(x))}" cy="${place(yOf(y))}" r="4" fill="${color}"><title>${escapeHtml(`${series.name}: ${shortNumber(y)} at ${shortNumber(x)}`)}</title></circle>`,
      );
    }
  }
  return parts;
}

/** Where each name of the legend begins: a row after the other, as many as have room. */
function legendPlaces(series: readonly ChartSeries[], left: number, right: number): { x: number; row: number }[] {
  let [x, row] = [left, 0];
  return series.map(({ name }) => {
    const width = 33 + name.length * 7.4;
    if (x > left && x + width > right) [x, row] = [left, row + 1];
    const at = { x, row };
    x += width + 24;
    return at;
  });
}

function legendParts(series: readonly ChartSeries[], places: readonly { x: number; row: number }[]): string[] {
  return series.flatMap(({ name, look, faint }, index) => {
    const { x, row } = places[index]!;
    const y = 18 + row * LEGEND_ROW;
    const dash = faint || DASHES[look] === "" ? "" : ` stroke-dasharray="${DASHES[look]}"`;
    return [
      `<line x1="${place(x)}" x2="${place(x + 26)}" y1="${y}" y2="${y}" stroke="${COLORS[look]}" stroke-width="${faint ? 1 : 2.5}" opacity="${faint ? 0.5 : 1}"${dash}/>`,
      `<text x="${place(x + 33)}" y="${y + 4}" fill="var(--ink)">${escapeHtml(name)}</text>`,
    ];
  });
}

function describe({ name, points }: ChartSeries): string {
  const values = points.map(([, y]) => y).filter(Number.isFinite);
  if (values.length === 0) return `${name}: no values.`;
  const [low, high] = extent(values, 0);
  return `${name}: ${values.length} values, first ${shortNumber(values[0])}, lowest ${shortNumber(low)}, highest ${shortNumber(high)}, last ${shortNumber(values[values.length - 1])}.`;
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${place(x)}" y="${place(y)}" text-anchor="${anchor}" fill="var(--quiet)">${escapeHtml(content)}</text>`;
}

/** Lowest and highest value; where they are the same, a range of `pad` around it. */
function extent(values: readonly number[], pad = 0.5): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  return low === high ? [low - pad, high + pad] : [low, high];
}

/** About `count` round values (1, 2 or 5 times a power of ten apart) that enclose the range. */
function roundTicks([low, high]: [number, number], count: number, whole = false): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((step) => step * power >= rough * 0.999) ?? 10;
  const step = whole ? Math.max(1, factor * power) : factor * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function tickLabel(value: number, ticks: readonly number[]): string {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  if (value === 0) return "0";
  if (step < 1e-3) return Number(value.toPrecision(3)).toExponential().replace("e-", "e−");
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Up to four significant digits. */
export function shortNumber(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(4)));
}

function place(value: number): string {
  return String(Number(value.toFixed(1)));
}
