// The table of results as one picture: a line a recipe, published and measured scores as marks on a scale from 0 to 100. Marks differ by
// form as well as colour; colours follow the reader's light or dark setting. A file of its own, so that Markdown can show it.

import { escapeHtml, metricName, metricText, unitOf } from "../evaluation/index.ts";
import { summarizeFolds } from "../metrics/index.ts";
import { type MeasuredRecipe, onScale, publishedBeside } from "./results-page.ts";

const WIDTH = 990;
const LEFT = 370;
const RIGHT = 70;
const TOP = 62;
const ROW = 26;
const BOTTOM = 54;

const STYLE = `
  svg { --paper: #ffffff; --ink: #1c2430; --quiet: #5d6877; --line: #e3e7ec; --theirs: #0b63b0; --ours: #b4470b; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14181e; --ink: #e8ecf1; --quiet: #a2adba; --line: #2b323c; --theirs: #6db3f2; --ours: #f0935b; }
  }
  text { fill: var(--ink); font: 13px system-ui, sans-serif; }
  .quiet { fill: var(--quiet); font-size: 12px; }
  .bert { fill: var(--paper); stroke: var(--quiet); stroke-width: 2; }
  .biobert { fill: var(--theirs); }
  .other { fill: none; stroke: var(--theirs); stroke-width: 1.5; }
  .ours { fill: var(--ours); }
  .spread { stroke: var(--ours); stroke-width: 2; }
  .peer { stroke: var(--ink); stroke-width: 2; }`;

type Mark = "bert" | "biobert" | "other" | "ours" | "peer";

/** In the order of the legend. */
const NAMES: Readonly<Record<Mark, string>> = {
  bert: "BERT, published",
  biobert: "BioBERT, published",
  other: "other versions of it",
  ours: "measured",
  peer: "the same in PyTorch",
};

/** The picture of all recipes that are measured, as the text of an SVG file. Correlations are drawn times 100. */
export function resultsPicture(all: readonly MeasuredRecipe[]): string {
  const rows = all.filter(({ record }) => record !== undefined);
  const height = TOP + rows.length * ROW + BOTTOM;
  const parts = [`<rect width="${WIDTH}" height="${height}" fill="var(--paper)"/>`, ...legend()];
  const bottom = TOP + rows.length * ROW;
  for (let value = 0; value <= 100; value += 20) {
    const x = xOf(value);
    parts.push(
      `<line x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${bottom}" stroke="var(--line)"/>`,
      `<text x="${x}" y="${bottom + 20}" text-anchor="middle" class="quiet">${value}</text>`,
    );
  }
  parts.push(
    `<text x="${xOf(50)}" y="${bottom + 42}" text-anchor="middle" class="quiet">percent; correlations times 100</text>`,
  );
  const described: string[] = [];
  rows.forEach((row, index) => {
    const { marks, said } = rowParts(row, TOP + index * ROW + ROW / 2);
    parts.push(...marks);
    described.push(said);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">Published and measured scores</title>
<desc id="description">${escapeHtml(described.join(" "))}</desc>
<style>${STYLE}
</style>
${parts.join("\n")}
</svg>
`;
}

function rowParts(row: MeasuredRecipe, y: number): { marks: string[]; said: string } {
  const { resolved, record, peer } = row;
  const { recipe } = resolved;
  const unit = unitOf(recipe.metric, record!.units);
  const percent = (value: number): number => (unit === "correlation" ? 100 * onScale(value, unit) : value);
  const { ofBert, others } = publishedBeside(resolved);
  const [first, ...versions] = others;
  const { mean, standardDeviation, count } = summarizeFolds(
    record!.runs!.map(({ metrics }) => metrics[recipe.metric]!),
  );
  const theirs = peer?.runs.map(({ metrics }) => metrics[recipe.metric]!) ?? [];
  const scores: [Mark, number][] = [
    ...ofBert.map(({ value }): [Mark, number] => ["bert", value]),
    ...versions.map(({ value }): [Mark, number] => ["other", value]),
    ...(first === undefined ? [] : [["biobert", first.value] as [Mark, number]]),
    ...(theirs.length === 0 ? [] : [["peer", summarizeFolds(theirs).mean] as [Mark, number]]),
    ["ours", mean],
  ];
  const marks = [
    `<text x="${LEFT - 14}" y="${y + 4}" text-anchor="end">${escapeHtml(recipe.title)} <tspan class="quiet">${escapeHtml(metricName(recipe.metric))}</tspan></text>`,
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="var(--line)"/>`,
  ];
  if (count > 1) {
    const [low, high] = [percent(mean - standardDeviation), percent(mean + standardDeviation)].map(xOf);
    marks.push(`<line class="spread" x1="${low}" x2="${high}" y1="${y}" y2="${y}"/>`);
  }
  const said: string[] = [];
  for (const [mark, value] of scores) {
    const text = metricText(onScale(value, unit), unit);
    marks.push(shape(mark, xOf(percent(value)), y, `${NAMES[mark]}: ${text}`));
    said.push(`${NAMES[mark]} ${text}`);
  }
  marks.push(`<text x="${WIDTH - RIGHT + 14}" y="${y + 4}">${metricText(mean, unit)}</text>`);
  return { marks, said: `${recipe.title}, ${metricName(recipe.metric)}: ${said.join(", ")}.` };
}

/** The form of a mark; `label` shows where the pointer rests. */
function shape(mark: Mark, x: number, y: number, label?: string): string {
  const title = label === undefined ? "" : `<title>${escapeHtml(label)}</title>`;
  const diamond = `M${place(x)} ${y - 7}l7 7l-7 7l-7 -7z`;
  switch (mark) {
    case "bert":
      return `<circle class="bert" cx="${place(x)}" cy="${y}" r="5">${title}</circle>`;
    case "biobert":
    case "other":
      return `<path class="${mark}" d="${diamond}">${title}</path>`;
    case "ours":
      return `<rect class="ours" x="${place(x - 5)}" y="${y - 5}" width="10" height="10">${title}</rect>`;
    case "peer":
      return `<line class="peer" x1="${place(x)}" x2="${place(x)}" y1="${y - 9}" y2="${y + 9}">${title}</line>`;
  }
}

function legend(): string[] {
  let x = 20;
  return (Object.keys(NAMES) as Mark[]).flatMap((mark) => {
    const name = `${NAMES[mark]}${mark === "ours" ? ", ± deviation of seeds" : ""}`;
    const parts = [shape(mark, x, 24), `<text x="${x + 13}" y="28">${escapeHtml(name)}</text>`];
    x += 42 + name.length * 6.6;
    return parts;
  });
}

/** Where a score lies; what lies beside the scale is drawn at its end. */
function xOf(value: number): number {
  return Number(place(LEFT + (Math.min(100, Math.max(0, value)) / 100) * (WIDTH - LEFT - RIGHT)));
}

function place(value: number): string {
  return String(Number(value.toFixed(1)));
}
