// Spans written by hand on text that tempts a program to lose count: a mention is marked by ⟦ and ⟧, which are taken
// out before the text is annotated.

import { describe, expect, it } from "vitest";
import { annotate } from "../../src/inference/index.ts";
import { phraseClassifier } from "./phrase-classifier.ts";

const model = phraseClassifier({
  cancer: "Disease",
  "breast cancer": "Disease",
  ataxia: "Disease",
  "β-carcinoma": "Disease",
  barre: "Disease",
  sjogren: "Disease",
  癌症: "Disease",
});

const CASES: [name: string, marked: string][] = [
  ["plain", "The patient had ⟦ataxia⟧ and ⟦breast cancer⟧."],
  ["CRLF", "The patient\r\nhad\r\n⟦ataxia⟧\r\n\r\nand ⟦cancer⟧\r\n"],
  [
    "CRLF inside a mention",
    "We saw a long series of patients who were treated for ⟦breast\r\ncancer⟧ at our clinic in the last ten years.",
  ],
  ["tabs", "\t⟦ataxia⟧\t\t⟦breast\tcancer⟧\t"],
  ["emoji before", "😀👩‍⚕️ ⟦cancer⟧ 😀"],
  ["emoji glued to a word", "😀cancer, then ⟦cancer⟧"],
  ["emoji between punctuation", "(😀)⟦cancer⟧(😀)"],
  ["flags and skin tones", "🇩🇪👍🏽 had ⟦ataxia⟧."],
  ["composed accents", "⟦Sjögren⟧ and ⟦Barré⟧, ⟦cancér⟧"],
  ["combining marks", "⟦Sjo\u0308gren⟧ and ⟦Barre\u0301⟧, ⟦ca\u0301ncer\u0327\u0301⟧."],
  ["combining marks before white space and at the end", "⟦Barre\u0301⟧ \n⟦Barre\u0301⟧"],
  ["Greek letters", "αβ of ⟦β-carcinoma⟧ α ⟦cancer⟧"],
  ["capital Greek", "⟦Β-carcinoma⟧"],
  ["soft hyphens inside", "⟦can\u00adcer⟧ and ⟦breast can\u00adcer⟧"],
  ["soft hyphens around", "\u00ad⟦cancer⟧\u00ad and"],
  ["zero-width characters", "\u200b⟦can\u200bcer⟧\u200b \u200d⟦breast\u200c cancer⟧\ufeff"],
  ["a byte-order mark", "\ufeff⟦cancer⟧ \ufeff"],
  ["no-break and other spaces", "⟦breast\u00a0cancer⟧\u2009⟦breast\u3000cancer⟧"],
  ["control characters", "\u0001⟦can\u0007cer⟧\u0000 ⟦ataxia⟧"],
  ["a lone surrogate", "\ud83d ⟦cancer⟧ \ude00"],
  ["Chinese characters", "患者有⟦癌症⟧。⟦癌症⟧"],
  ["mathematical letters", "𝐜𝐚𝐧𝐜𝐞𝐫 ⟦cancer⟧"],
  ["punctuation around", "(⟦cancer⟧),“⟦ataxia⟧”—⟦cancer⟧…⟦cancer⟧/⟦ataxia⟧"],
  ["upper case", "⟦BREAST Cancer⟧ İ ⟦CANCER⟧"],
  ["mentions side by side", "⟦ataxia⟧ ⟦ataxia⟧ ⟦breast cancer⟧ ⟦cancer⟧"],
  ["titles without a period", "⟦Breast cancer⟧\n\n⟦Cancer⟧ of the breast"],
  ["a sentence at a time", "It was ⟦cancer⟧. ⟦Ataxia⟧ was not there. Breast. ⟦Cancer⟧."],
];

/** Takes the marks out and says where they stood. */
function unmark(marked: string): { text: string; spans: [number, number][] } {
  const spans: [number, number][] = [];
  let text = "";
  let start = 0;
  for (const part of marked.split(/([⟦⟧])/u)) {
    if (part === "⟦") start = text.length;
    else if (part === "⟧") spans.push([start, text.length]);
    else text += part;
  }
  return { text, spans };
}

describe("golden spans", () => {
  it.each(CASES)("%s", async (_name, marked) => {
    const { text, spans } = unmark(marked);
    const { entities } = await annotate(model, text);
    expect(entities.map(({ start, end }) => [start, end])).toEqual(spans);
    expect(entities.map(({ mention }) => mention)).toEqual(spans.map(([start, end]) => text.slice(start, end)));
  });

  it("joins words across sentences only where the model saw them together", async () => {
    const text = "She had breast. Cancer was found.";
    const dotless = phraseClassifier({ "breast. cancer": "Disease" });
    expect((await annotate(dotless, text, { windows: "sentence" })).entities).toEqual([]);
    expect((await annotate(dotless, text, { windows: "document" })).entities).toMatchObject([
      { mention: "breast. Cancer", start: 8, end: 22 },
    ]);
  });
});
