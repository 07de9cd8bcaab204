// Sentences as a reader would split them, and what must hold of any text.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitSentences } from "../../src/text/index.ts";

const sentences = (text: string): string[] => splitSentences(text).map(({ start, end }) => text.slice(start, end));

/** Each case: the sentences, joined by one space unless a text is given. */
const CASES: [name: string, expected: string[], text?: string][] = [
  ["two plain sentences", ["Ataxia is a disorder.", "It runs in families."]],
  ["question and exclamation marks", ["Is it inherited?", "Yes!", "We show how."]],
  ["decimals", ["The odds ratio was 2.5 (1.1-3.4) in all.", "The trial ended."]],
  ["a decimal at the end", ["This was significant at p < 0.05.", "The control group did not differ."]],
  ["a number, then a number", ["We enrolled 40 in group 2.", "14 of them had asthma."]],
  ["i.e. and e.g.", ["Some cancers, e.g. Hodgkin lymphoma, i.e. Hodgkin disease, respond."]],
  ["figures and tables", ["See Fig. 2 and Figs. 3A and 3B in ref. 12.", "The effect is clear."]],
  ["et al. before a bracket", ["As Moreno et al. (2003) and Silva et al. Nature showed, it fails."]],
  ["et al. at the end", ["This was described by Moreno et al.", "The gene is on 11q."]],
  ["vs.", ["Aspirin vs. Placebo and aspirin vs. warfarin were compared."]],
  ["titles", ["Dr. Meier and Prof. Novak saw the patient.", "She recovered."]],
  ["species", ["Infection with E. coli and Candida spp. was common.", "S. aureus was rare."]],
  ["species at the end", ["All isolates were Candida spp.", "Patients were treated."]],
  ["initials", ["The method of J. Smith and A. B. Jones was used.", "It works."]],
  ["No. 5", ["Patient No. 5 and mouse no. 7 died.", "The rest lived."]],
  ["No as an answer", ["Does it help?", "No.", "We found none."]],
  [
    "vitamin C",
    [
      "They took vitamin C.",
      "Patients with hepatitis C.",
      "Carriers of hepatitis B and C.",
      "Persons in groups A and B.",
      "All had fever.",
    ],
  ],
  ["a letter before a sentence opener", ["It binds to region X.", "The other does not."]],
  ["Latin routes", ["It was given i.v.", "Patients improved after i.v. DNA injection."]],
  ["U.S.", ["The U.S. Food and Drug Administration approved it in the U.S.", "The drug is sold."]],
  ["brackets", ["Mortality fell (P = 0.02. N = 30. See also Table 1) in both arms.", "The end."]],
  ["a whole sentence in brackets", ["It fell.", "(This was not so in men.)", "We stopped."]],
  ["a bracket nobody closed", ["It fell (see below.", "The trial ended.", "We stopped."]],
  ["quotes", ["He wrote “it is cancer.”", "We agree.", '"Never mind."', "They left."]],
  ["ellipses", ["It grew... and grew.", "And then...", "Nothing happened…", "The end."]],
  ["section labels", ["BACKGROUND: Gout hurts.", "METHODS: We asked 20 men.", "MATERIALS AND METHODS: None."]],
  ["a section label without a period before it", ["Gout in women", "RESULTS: It hurts", "MAIN OUTCOME MEASURES: pain"]],
  ["words before a colon that are no labels", ["We studied two genes: BRCA1 and TNF: both matter."]],
  ["names in lower case", ["Both were mutated.", "p53 was not.", "mTOR was.", "β-catenin fell.", "miR-21 rose."]],
  ["lower case after a period", ["The approx. dose of approx. 5 mg. was low."]],
  ["enumerators after a colon", ["RESULTS: 1. Gout hurts.", "We saw two signs: a. Pain; b. Fever."]],
  ["units", ["It rose to 5 ml. kg-1. min-1 at a dose of c. 250 mg."]],
  ["enumerators", ["1. Gout is a disease.", "2. The cause is known."]],
  ["superscript citations", ["It is a common disease.12,13", "The cause is unknown.[4]", "We looked."]],
  ["version numbers are no citations", ["We used tool v.2 The Great and Fig.2 The Small."]],
  ["a missing space", ["Most had ovarian cancer.", "The rest did not."], "Most had ovarian cancer.The rest did not."],
  ["domain names", ["See www.example.Org and a.b.C for more."]],
  [
    "CRLF in wrapped lines",
    [
      "The patients had a long history of familial breast\r\ncancer and were all treated at the same hospital\r\nduring ten years.",
    ],
  ],
  [
    "wrapped lines",
    [
      "We describe a large family with adenomatous polyposis\ncoli and hepatoblastoma in four generations, all of\nthem seen by us.",
      "None died.",
    ],
    "We describe a large family with adenomatous polyposis\ncoli and hepatoblastoma in four generations, all of\nthem seen by us. None died.",
  ],
  [
    "a title on its own line",
    [
      "Ataxia in two sisters",
      "Two sisters with progressive ataxia were seen at our clinic over a period of eleven years.",
      "Both did well.",
    ],
    "Ataxia in two sisters\nTwo sisters with progressive ataxia were seen at our clinic over a period of eleven years. Both did well.",
  ],
  ["a list", ["gout", "asthma", "cystic fibrosis"], "gout\nasthma\ncystic fibrosis\n"],
  ["blank lines", ["Gout", "and others"], "Gout\n \r\nand others"],
  ["a blank line inside a bracket", ["Gout (an old", "disease)"], "Gout (an old\n\ndisease)"],
  ["Chinese", ["患者有癌症。", "他康复了！", "好。"], "患者有癌症。他康复了！ 好。"],
  ["a byte-order mark and no-break spaces", ["Gout hurts.", "It does."], "\ufeffGout hurts.\u00a0\u2003It does.\u00a0"],
  ["nothing but white space", [], " \t\r\n\u00a0\ufeff"],
  ["the empty text", [], ""],
];

describe("splitSentences", () => {
  it.each(CASES)("%s", (_name, expected, text) => {
    expect(sentences(text ?? expected.join(" "))).toEqual(expected);
  });

  const fragment = fc.constantFrom(
    "Gout",
    "p53",
    "the",
    "The",
    "E",
    "5",
    "0",
    "et al",
    "No",
    "Fig",
    "METHODS",
    ".",
    ".",
    "?",
    "...",
    "…",
    ":",
    "(",
    ")",
    "[",
    "]",
    " ",
    " ",
    "\n",
    "\r\n",
    "\n\n",
    "\t",
    "\ufeff",
    "\u2028",
    "\f",
    "😀",
    "e\u0301",
    "α",
    "。",
    "\ud83d",
    '"',
    "”",
    "•",
    "-",
  );

  it("covers everything but white space, in order, trimmed", () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 60 }), (parts) => {
        const text = parts.join("");
        const spans = splitSentences(text);
        let at = 0;
        for (const { start, end } of spans) {
          const sentence = text.slice(start, end);
          if (start < at || text.slice(at, start).trim() !== "" || sentence === "" || sentence !== sentence.trim()) {
            throw new Error(`sentence ${start}-${end} of ${JSON.stringify(text)}`);
          }
          at = end;
        }
        expect(text.slice(at).trim()).toBe("");
      }),
      { numRuns: 1000 },
    );
  });

  it("never separates two characters of a word", () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 60 }), (parts) => {
        const text = parts.join("");
        const broken = splitSentences(text).filter(
          ({ start }) =>
            /[\p{L}\p{N}\p{M}]$/u.test(text.slice(0, start)) && /^[\p{L}\p{N}\p{M}]/u.test(text.slice(start)),
        );
        expect(broken).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["no space at all", "x".repeat(1_000_000)],
    ["only periods", ". ".repeat(250_000)],
    ["only opening brackets", "(".repeat(1_000_000)],
    ["brackets and periods", "(a. B ".repeat(150_000)],
    ["closing brackets", "[([(".repeat(100_000) + ")]".repeat(200_000)],
    ["only line breaks", "\n".repeat(1_000_000)],
    ["short lines", "Gout \n".repeat(150_000)],
    ["spaces", "A." + " ".repeat(1_000_000) + "B." + " ".repeat(1_000_000)],
    ["citations", "disease.1,2,3,4,5".repeat(50_000)],
    ["labels", "AND OF THE METHODS: ".repeat(50_000)],
  ])("takes time in proportion to the length: %s", (_name, text) => {
    // A quadratic step would run into the test's time limit many times over.
    expect(splitSentences(text).length).toBeGreaterThanOrEqual(text.trim() === "" ? 0 : 1);
  });
});
