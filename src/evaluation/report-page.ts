// The page every report is written on: one self-contained HTML file, light and dark, readable on paper and by a screen
// reader, with nothing fetched from anywhere.

/**
 * Text for HTML content and quoted attributes. Control characters that HTML forbids, and halves of surrogate pairs, become
 * U+FFFD.
 */
export function escapeHtml(text: string): string {
  return (
    text
      .replace(/\p{Surrogate}/gu, "\ufffd")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;")
      .replace(/\r\n?/g, "\n")
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, "\ufffd")
  );
}

export interface Page {
  title: string;
  /** One line under the title; plain text. */
  subtitle?: string;
  /** HTML of the page's sections. */
  body: string;
  /** CSS beside the shared one. */
  style?: string;
}

const SHARED_STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --panel: #ffffff; --ink: #1c2126; --quiet: #57606a; --line: #d9dde2; --soft: #eef1f4;
  --a: #0b62b8; --b: #b3470c; --c: #15703f; --d: #8a2fa8; --good: #15703f; --bad: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --panel: #1b1f24; --ink: #e6e9ec; --quiet: #a2abb5; --line: #363d45; --soft: #252b31;
    --a: #6cb2ff; --b: #ffa263; --c: #6bd08f; --d: #d79af0; --good: #6bd08f; --bad: #ff8f85;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
header { margin-bottom: 1.75rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .5rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
.quiet { color: var(--quiet); }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: .35rem; }
th, td { padding: .32rem .9rem .32rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 600; border-bottom: 2px solid var(--line); white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; }
.confusion td { padding: .32rem .6rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 0; }
.cards > div { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.cards + p { margin-top: 1rem; }
.cards dt { color: var(--quiet); font-size: .85rem; }
.cards dd { margin: .1rem 0 0; font-size: 1.55rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.2; }
.cards small { display: block; font-size: .8rem; font-weight: 400; color: var(--quiet); margin-top: .2rem; }
figure { margin: 0 0 1.2rem; background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; }
figure svg { display: block; width: 100%; height: auto; }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .85rem; }
@media print {
  :root { color-scheme: light; --page: #fff; --panel: #fff; --ink: #000; --quiet: #444; --line: #bbb; --soft: #f1f1f1; --a: #0b62b8; --b: #b3470c; --c: #15703f; --d: #8a2fa8; --good: #15703f; --bad: #b42318; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  figure, .cards > div, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}`;

/** The whole page as HTML. `body` is taken as it is: whoever makes it escapes what it shows. */
export function htmlPage(page: Page): string {
  const subtitle = page.subtitle === undefined ? "" : `<p class="quiet">${escapeHtml(page.subtitle)}</p>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="biobert">
<title>${escapeHtml(page.title)}</title>
<style>${SHARED_STYLE}
${page.style ?? ""}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(page.title)}</h1>
${subtitle}</header>
${page.body}
</main>
</body>
</html>
`;
}

export interface Card {
  label: string;
  value: string;
  note?: string;
}

/** The few numbers that matter, large. */
export function cardsHtml(cards: readonly Card[]): string {
  const items = cards.map(({ label, value, note }) => {
    const small = note === undefined ? "" : `<small>${escapeHtml(note)}</small>`;
    return `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}${small}</dd></div>`;
  });
  return `<dl class="cards">\n${items.join("\n")}\n</dl>`;
}

export interface HtmlTable {
  caption?: string;
  /** Titles of the columns; a column of numbers is set right. */
  columns: readonly (string | { title: string; number: boolean })[];
  /** Plain text, escaped here; the first cell of a row is its header. */
  rows: readonly (readonly string[])[];
}

/** A table with a header row and a header column. */
export function tableHtml(table: HtmlTable): string {
  const columns = table.columns.map((column) =>
    typeof column === "string" ? { title: column, number: false } : column,
  );
  const head = columns.map(
    ({ title, number }) => `<th scope="col"${number ? ' class="number"' : ""}>${escapeHtml(title)}</th>`,
  );
  const rows = table.rows.map((row) => {
    const cells = row.map((cell, index) => {
      const kind = columns[index]?.number ? ' class="number"' : "";
      return index === 0 ? `<th scope="row"${kind}>${escapeHtml(cell)}</th>` : `<td${kind}>${escapeHtml(cell)}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const caption = table.caption === undefined ? "" : `<caption>${escapeHtml(table.caption)}</caption>`;
  return `<div class="scroll"><table>${caption}<thead><tr>${head.join("")}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
}
