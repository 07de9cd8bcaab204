// Compares our spans with those of the transformers pipeline (reference/pipeline_spans.py), code points converted to
// UTF-16, and names the cause of every difference. Exit 0 when all are explained, 1 when one is not, 2 for wrong use.
//
//   node reference/pipeline_compare.mjs texts.jsonl ours.jsonl pipeline.jsonl
//
// Ours: `biobert annotate --windows document --precision fp32 --format jsonl texts.jsonl`, so that a document that fits
// is one window, as it is for the pipeline.

import { readFileSync } from "node:fs";

/** What a difference can come from; each is said in full in the report. */
const CAUSES = {
  beyond:
    "the text is longer than the model reads at once: the pipeline cuts it off there, we go on in overlapping windows",
  window: "of such a text, before the cut: the pipeline's one window and our first ones end at different places",
  joined: "the pipeline joined a word to the one before it, because normalising changed the word's length",
  mark: "we keep the combining marks of a mention's last letter",
  tie: "two labels of a word are equal but for rounding",
  unexplained: "NOT EXPLAINED",
};

const SHOWN_A_CAUSE = 20;

function readLines(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Code-point offset -> UTF-16 offset, for every code point of a text and its end. */
function codePointTable(text) {
  const table = [0];
  for (const character of text) table.push(table.at(-1) + character.length);
  return table;
}

function convert(spans, table) {
  return spans.map((span) => ({ ...span, start: table[span.start], end: table[span.end] }));
}

const keyOf = ({ type, start, end }) => `${type} ${start} ${end}`;

function without(spans, others) {
  const keys = new Set(others.map(keyOf));
  return spans.filter((span) => !keys.has(keyOf(span)));
}

function overlaps(a, b) {
  return a.start < b.end && b.start < a.end;
}

/** The cause of a span that only one side has. */
function causeOf(span, side, { text, ours, theirs, byWord, cut, doubtful }) {
  const others = side === "ours" ? theirs : ours;
  const trimmed = ({ end }) => text.slice(0, end).replace(/\p{M}+$/u, "").length;
  const marked = ({ type, start, end }, other) =>
    other.type === type && other.start === start && other.end !== end && trimmed(other) === trimmed({ end });
  if (others.some((other) => marked(span, other))) return "mark";
  const agrees = byWord.some((other) => keyOf(other) === keyOf(span) || marked(other, span));
  if (side === "ours" ? agrees : !agrees) return "joined";
  if (cut !== undefined) return span.end > cut ? "beyond" : "window";
  // A label counts up to the next word's: one word further on either side may have changed the span.
  if (doubtful.some((word) => overlaps({ start: word.start - 1, end: word.end + 1 }, span))) return "tie";
  return "unexplained";
}

function compare(texts, ours, pipeline) {
  const oursById = new Map(ours.map((document) => [document.id, document]));
  const pipelineById = new Map(pipeline.map((document) => [document.id, document]));
  const differences = [];
  const totals = { documents: 0, same: 0, ours: 0, pipeline: 0, shared: 0, scoreDifference: 0 };
  for (const { id, text } of texts) {
    const own = oursById.get(id);
    const other = pipelineById.get(id);
    if (own === undefined || other === undefined) throw new Error(`document ${id} is missing on one side`);
    const table = codePointTable(text);
    const sides = {
      text,
      ours: own.entities,
      theirs: convert(other.entities, table),
      byWord: convert(other.word_entities, table),
      cut: other.cut === null ? undefined : table[other.cut],
      doubtful: convert(other.doubtful, table),
    };
    for (const { start, end, mention } of sides.ours) {
      if (text.slice(start, end) !== mention) throw new Error(`document ${id}: ${mention} is not at ${start}-${end}`);
    }
    const onlyOurs = without(sides.ours, sides.theirs);
    const onlyTheirs = without(sides.theirs, sides.ours);
    totals.documents++;
    if (onlyOurs.length + onlyTheirs.length === 0) {
      totals.same++;
      const scores = new Map(sides.theirs.map((span) => [keyOf(span), span.score]));
      for (const span of sides.ours) {
        totals.scoreDifference = Math.max(totals.scoreDifference, Math.abs(span.score - scores.get(keyOf(span))));
      }
    }
    totals.ours += sides.ours.length;
    totals.pipeline += sides.theirs.length;
    totals.shared += sides.ours.length - onlyOurs.length;
    for (const span of onlyOurs)
      differences.push({ id, side: "ours", cause: causeOf(span, "ours", sides), span, text });
    for (const span of onlyTheirs) {
      differences.push({ id, side: "pipeline", cause: causeOf(span, "pipeline", sides), span, text });
    }
  }
  return { totals, differences };
}

function main(files) {
  if (files.length !== 3) {
    console.error("usage: node reference/pipeline_compare.mjs texts.jsonl ours.jsonl pipeline.jsonl");
    return 2;
  }
  const { totals, differences } = compare(...files.map(readLines));
  console.log(
    `${totals.documents} documents, ${totals.same} with the same spans (scores within ${totals.scoreDifference.toExponential(1)}); ${totals.ours} spans ours, ` +
      `${totals.pipeline} the pipeline's, ${totals.shared} shared`,
  );
  for (const [cause, words] of Object.entries(CAUSES)) {
    const found = differences.filter((difference) => difference.cause === cause);
    if (found.length === 0) continue;
    console.log(`\n${found.length} (${new Set(found.map(({ id }) => id)).size} documents): ${words}`);
    for (const { id, side, span, text } of found.slice(0, SHOWN_A_CAUSE)) {
      const [before, mention, after] = [
        text.slice(Math.max(0, span.start - 30), span.start),
        text.slice(span.start, span.end),
        text.slice(span.end, span.end + 30),
      ].map((part) => JSON.stringify(part).slice(1, -1));
      console.log(`  ${id} ${span.start}-${span.end} ${span.type} only ${side}: ${before}[${mention}]${after}`);
    }
    if (found.length > SHOWN_A_CAUSE) console.log(`  and ${found.length - SHOWN_A_CAUSE} more`);
  }
  return differences.some(({ cause }) => cause === "unexplained") ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
