// Tagged sentences as examples: labels on first pieces alone, long sentences cut between words, padding that counts for
// nothing, and a tag for every word on the way back.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collate, encodeSentences, IGNORED_LABEL, nerTask, typedTag, type NerInput } from "../../../src/tasks/index.ts";
import { Vocabulary, WordPieceTokenizer } from "../../../src/tokenizer/index.ts";

const vocabulary = new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##a", "##b", "ab", "-"]);
const tokenizer = new WordPieceTokenizer(vocabulary, { lowerCase: true });
const labelIds = new Map([
  ["O", 0],
  ["B", 1],
  ["I", 2],
]);
const NO = IGNORED_LABEL;

describe("encodeSentences", () => {
  it("puts a word's label on its first piece", () => {
    const { examples, cutSentences } = encodeSentences(
      [{ tokens: ["ab", "aba", "c", "b-a"], tags: ["O", "B", "I", "O"] }],
      tokenizer,
      labelIds,
      32,
    );
    expect(cutSentences).toBe(0);
    expect(examples).toHaveLength(1);
    const [example] = examples;
    expect([...example!.ids].map((id) => vocabulary.pieces[id])).toEqual([
      "[CLS]",
      "ab",
      "ab",
      "##a",
      "[UNK]",
      "b",
      "-",
      "a",
      "[SEP]",
    ]);
    expect([...example!.labels]).toEqual([NO, 0, 1, NO, 2, 0, NO, NO, NO]);
    expect([...example!.firstPieces]).toEqual([1, 2, 4, 5]);
    expect([...example!.words]).toEqual([0, 1, 2, 3]);
  });

  it("passes over a word without pieces, and makes an example of a sentence with none", () => {
    const empty = { tokens: ["\u200b", "a", "\u0000"], tags: ["B", "I", "O"] };
    const { examples } = encodeSentences([empty, { tokens: ["\u00ad"], tags: ["B"] }], tokenizer, labelIds, 8);
    expect(examples.map(({ ids }) => ids.length)).toEqual([3, 2]);
    expect([...examples[0]!.words]).toEqual([1]);
    expect([...examples[0]!.labels]).toEqual([NO, 2, NO]);
    expect([...examples[1]!.labels]).toEqual([NO, NO]);
  });

  it("labels nothing where there are no tags", () => {
    const { examples } = encodeSentences([{ tokens: ["ab", "a"] }], tokenizer, new Map(), 8);
    expect([...examples[0]!.labels]).toEqual([NO, NO, NO, NO]);
    expect([...examples[0]!.words]).toEqual([0, 1]);
  });

  it("cuts a sentence that is too long between words, and a word only where it alone is too long", () => {
    const cut = (tokens: string[], maxPieces: number): string[] =>
      encodeSentences([{ tokens }], tokenizer, labelIds, maxPieces).examples.map(({ ids }) =>
        [...ids.subarray(1, -1)].map((id) => vocabulary.pieces[id]).join(" "),
      );
    expect(cut(["a", "aa", "b"], 5)).toEqual(["a a ##a", "b"]);
    expect(cut(["a", "a", "aa"], 5)).toEqual(["a a", "a ##a"]);
    expect(cut(["a", "aaaaaa", "b"], 5)).toEqual(["a", "a ##a ##a", "##a ##a ##a", "b"]);
    expect(cut(["a", "b"], 3)).toEqual(["a", "b"]);
  });

  it.each([2, 1, 0])("refuses examples of %i pieces, which have no room for a word", (maxPieces) => {
    expect(() => encodeSentences([{ tokens: ["a"] }], tokenizer, labelIds, maxPieces)).toThrow(/no room for a word/);
  });

  it("gives every word its label exactly once, in order, in examples that fit", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "-", "c", "\u200b"), minLength: 1, maxLength: 9 });
    const sentence = fc
      .array(fc.tuple(word, fc.constantFrom("O", "B", "I")), { minLength: 1, maxLength: 30 })
      .map((pairs) => ({ tokens: pairs.map(([token]) => token), tags: pairs.map(([, tag]) => tag) }));
    fc.assert(
      fc.property(
        fc.array(sentence, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 3, max: 40 }),
        (sentences, maxPieces) => {
          const { examples, cutSentences } = encodeSentences(sentences, tokenizer, labelIds, maxPieces);
          sentences.forEach(({ tokens, tags }, index) => {
            const own = examples.filter((example) => example.sentence === index);
            const pieces = tokenizer.tokenizeWords(tokens);
            expect(own.flatMap(({ ids }) => [...ids.subarray(1, -1)])).toEqual([...pieces.ids]);
            expect(own.flatMap(({ words }) => [...words])).toEqual([...new Set(pieces.words)]);
            const labels = own.flatMap(({ labels: all, firstPieces }) => Array.from(firstPieces, (at) => all[at]));
            expect(labels).toEqual([...new Set(pieces.words)].map((at) => labelIds.get(tags[at]!)));
          });
          for (const { ids, labels, firstPieces } of examples) {
            expect(ids.length).toBeLessThanOrEqual(maxPieces);
            expect([ids[0], ids.at(-1)]).toEqual([vocabulary.clsId, vocabulary.sepId]);
            expect(labels.filter((label) => label !== NO)).toHaveLength(firstPieces.length);
          }
          const parts = sentences.map((_, index) => examples.filter((example) => example.sentence === index).length);
          expect(cutSentences).toBe(parts.filter((count) => count > 1).length);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("typedTag", () => {
  it("gives a type to tags without one, and leaves others and O alone", () => {
    expect(["B", "I", "E", "S", "O", "B-Gene", "I-X-Y"].map((tag) => typedTag(tag, "Disease"))).toEqual([
      "B-Disease",
      "I-Disease",
      "E-Disease",
      "S-Disease",
      "O",
      "B-Gene",
      "I-X-Y",
    ]);
  });
});

const { examples } = encodeSentences(
  [
    { tokens: ["ab", "aba"], tags: ["B", "I"] },
    { tokens: ["a"], tags: ["O"] },
    { tokens: ["aa", "a", "b", "b"], tags: ["O", "B", "I", "I"] },
  ],
  tokenizer,
  labelIds,
  5,
);

describe("collate", () => {
  it("pads to the longest with what is masked and has no label, and counts what is neither", () => {
    const batch = collate(examples.slice(0, 2), vocabulary.padId);
    expect([batch.batch, batch.sequence]).toEqual([2, 5]);
    expect([...batch.inputIds]).toEqual([2, 9, 9, 7, 3, 2, 5, 3, 0, 0]);
    expect([...batch.attentionMask]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect([...batch.labels]).toEqual([NO, 1, 2, NO, NO, NO, 0, NO, NO, NO]);
    expect([batch.counted, batch.tokens]).toEqual([3, 8]);
  });
});

describe("the tags of sentences", () => {
  const labels = ["O", "B-Disease", "I-Disease"];
  const sentences = [
    { id: "1", tokens: ["ab", "aba"], tags: ["B", "I"] },
    { id: "2", tokens: ["\u200b", "a"], tags: ["B", "O"] },
    { id: "3", tokens: ["aa", "a", "b", "b"], tags: ["O", "B", "I", "I"] },
  ].map((sentence, line) => ({ ...sentence, line, file: "x" }));
  const context = { labels, options: { type: "Disease" } };
  const { inputs } = nerTask.encode(sentences, { ...context, tokenizer, maxLength: 5, files: [] });
  /** Logits that say the label of `labelAt` at each position of each input. */
  const results = (labelAt: (input: NerInput, position: number) => number) =>
    inputs.map((input) => {
      const logits = new Float32Array(input.ids.length * 3);
      input.ids.forEach((_, position) => (logits[3 * position + labelAt(input, position)] = 1));
      return { logits };
    });

  it("are the best label of each first piece, of all parts of a sentence; O for a word without pieces", () => {
    expect(inputs.length, "the last sentence is cut in two").toBe(4);
    // Pieces that have no label are loud and wrong.
    const found = nerTask.decode(
      results(({ labels: own }, position) => (own[position] === IGNORED_LABEL ? 1 : own[position]!)),
      inputs,
      sentences,
      context,
    );
    expect(found).toEqual([
      ["B-Disease", "I-Disease"],
      ["O", "O"],
      ["O", "B-Disease", "I-Disease", "I-Disease"],
    ]);
  });

  it("are the first of equal labels", () => {
    const equal = inputs.map(({ ids }) => ({ logits: new Float32Array(ids.length * 3) }));
    expect(
      nerTask
        .decode(equal, inputs, sentences, context)
        .flat()
        .every((tag) => tag === "O"),
    ).toBe(true);
  });
});
