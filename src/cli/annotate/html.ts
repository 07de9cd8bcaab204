// `--format html`: one self-contained page with the documents, their mentions marked, and the mentions as tables.

import { cardsHtml, escapeHtml, htmlPage, tableHtml } from "../../evaluation/index.ts";
import type { AnnotatedDocument, Entity } from "../../inference/index.ts";
import { withoutOverlap } from "./table.ts";
import { formatCount } from "../common/terminal.ts";

/** Backgrounds of the marks: the page's ink on them keeps a contrast of 7 and more, light and dark. */
const MARKS = [
  { light: "#ffe58a", dark: "#5c4a00", line: "#a67c00" },
  { light: "#bfe3ff", dark: "#0b3f66", line: "#2f7fb8" },
  { light: "#d3f2c4", dark: "#1f4d10", line: "#4d9430" },
  { light: "#f7cfe9", dark: "#5f1f4a", line: "#b0538f" },
  { light: "#e0d6fb", dark: "#3d2a72", line: "#7c62c4" },
  { light: "#ffd5bd", dark: "#6b2f0d", line: "#c0673a" },
];

const STYLE = `
main { max-width: 54rem; }
.legend { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; padding: 0; margin: 1rem 0 0; list-style: none; }
article { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1.4rem 0; }
article h2 { margin: 0 0 .6rem; overflow-wrap: anywhere; }
.text { position: relative; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 1.05rem; line-height: 1.75; }
mark { color: inherit; border-radius: .25rem; padding: .06em .2em; border-bottom: 2px solid; cursor: help; }
mark:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
/* Under the mention's line, in the middle of the text: it cannot reach over an edge, wherever the mention stands. */
.tip { display: none; position: absolute; left: 0; right: 0; z-index: 2; width: fit-content; max-width: 18rem; margin: .1rem auto 0; white-space: normal;
  background: var(--ink); color: var(--page); border-radius: .4rem; padding: .3rem .6rem; font-size: .85rem; line-height: 1.4; user-select: none; }
mark:hover .tip, mark:focus .tip { display: block; }
details { margin-top: .9rem; }
summary { cursor: pointer; color: var(--quiet); }
details .scroll { margin-top: .5rem; }
/* With room on both sides of the text, under the mention itself. */
@media (min-width: 92rem) {
  mark { position: relative; }
  .tip { right: auto; top: calc(100% + .3rem); width: max-content; margin: 0; }
}
@media print {
  article { border: 0; padding: 0; }
  mark { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .tip { display: none !important; }
  mark::after { content: " " attr(data-type); font-size: .65em; vertical-align: super; }
}`;

/** The page. Types are coloured in the order in which they first appear; every text is escaped. */
export function annotationPage(documents: readonly AnnotatedDocument[]): string {
  const counts = new Map<string, number>();
  for (const { entities } of documents) {
    for (const { type } of entities) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const types = [...counts.keys()];
  const mentions = documents.reduce((sum, { entities }) => sum + entities.length, 0);
  const distinct = new Set(documents.flatMap(({ entities }) => entities.map(({ mention }) => mention.toLowerCase())));
  const cards = cardsHtml([
    { label: "Documents", value: formatCount(documents.length) },
    { label: "Mentions", value: formatCount(mentions) },
    { label: "Distinct mentions", value: formatCount(distinct.size), note: "upper and lower case alike" },
  ]);
  const legend = types.map((type) => {
    const label = escapeHtml(type === "" ? "(no type)" : type);
    return `<li><mark class="m${types.indexOf(type) % MARKS.length}">${label}</mark> ${formatCount(counts.get(type) ?? 0)}</li>`;
  });
  const legendHtml =
    legend.length === 0 ? "" : `<ul class="legend" aria-label="Mentions by type">${legend.join("")}</ul>`;
  const articles = documents.map((document, index) => articleHtml(document, index, types));
  return htmlPage({
    title:
      documents.length === 1
        ? `Entities in ${documents[0].id}`
        : `Entities in ${formatCount(documents.length)} documents`,
    subtitle:
      "Found by a model: check what matters. Point at a mention, or move to it with the Tab key, for its type, score and place.",
    body: `${cards}\n${legendHtml}\n${articles.join("\n")}`,
    style: `${STYLE}\n${markStyle()}`,
  });
}

function articleHtml(document: AnnotatedDocument, index: number, types: readonly string[]): string {
  const { text, entities } = document;
  const parts: string[] = [];
  let at = 0;
  for (const [number, entity] of withoutOverlap(entities).entries()) {
    parts.push(escapeHtml(text.slice(at, entity.start)), markHtml(entity, `tip-${index}-${number}`, types));
    at = entity.end;
  }
  parts.push(escapeHtml(text.slice(at)));
  const count = entities.length === 1 ? "1 mention" : `${formatCount(entities.length)} mentions`;
  const table = tableHtml({
    columns: [
      "Mention",
      "Type",
      { title: "Start", number: true },
      { title: "End", number: true },
      { title: "Score", number: true },
    ],
    rows: entities.map(({ mention, type, start, end, score }) => [
      mention,
      type,
      String(start),
      String(end),
      score.toFixed(3),
    ]),
  });
  return `<article aria-labelledby="document-${index}">
<h2 id="document-${index}">${escapeHtml(document.id)}</h2>
<div class="text">${parts.join("")}</div>
${entities.length === 0 ? '<p class="quiet">No mentions found.</p>' : `<details><summary>${count} as a table</summary>${table}</details>`}
</article>`;
}

function markHtml(entity: Entity, id: string, types: readonly string[]): string {
  const type = entity.type === "" ? "(no type)" : entity.type;
  const tip = `${type}, score ${entity.score.toFixed(3)}, characters ${entity.start} to ${entity.end}`;
  const look = types.indexOf(entity.type) % MARKS.length;
  return `<mark class="m${look}" tabindex="0" data-type="${escapeHtml(type)}" aria-describedby="${id}">${escapeHtml(entity.mention)}<span class="tip" role="tooltip" id="${id}">${escapeHtml(tip)}</span></mark>`;
}

function markStyle(): string {
  const light = MARKS.map((mark, index) => `.m${index} { background: ${mark.light}; border-color: ${mark.line}; }`);
  const dark = MARKS.map((mark, index) => `.m${index} { background: ${mark.dark}; }`);
  return `${light.join("\n")}\n@media screen and (prefers-color-scheme: dark) {\n${dark.join("\n")}\n}`;
}
