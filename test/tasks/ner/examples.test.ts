// Tagged sentences as examples: labels on first pieces alone, long sentences cut between words, padding that counts for
// nothing, and a tag for every word on the way back.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  collate,
  encodeSentences,
  IGNORED_LABEL,
  predictTags,
  typedTag,
  type NerBatch,
} from "../../../src/tasks/index.ts";
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

describe("predictTags", () => {
  const labels = ["O", "B-Disease", "I-Disease"];

  /** Logits that give each position the label `labelAt` says, padding a loud B. */
  const logitsBy =
    (labelAt: (batch: NerBatch, row: number, position: number) => number) =>
    async (batch: NerBatch): Promise<Float32Array> => {
      const logits = new Float32Array(batch.batch * batch.sequence * 3);
      for (let i = 0; i < batch.batch * batch.sequence; i++) {
        const label =
          batch.attentionMask[i] === 1 ? labelAt(batch, Math.floor(i / batch.sequence), i % batch.sequence) : 1;
        logits[3 * i + label] = batch.attentionMask[i] === 1 ? 1 : 100;
      }
      return logits;
    };

  it("takes the best label of each first piece, whatever the batches", async () => {
    const gold = logitsBy((batch, row, position) => {
      const label = batch.labels[row * batch.sequence + position]!;
      return label === IGNORED_LABEL ? 1 : label;
    });
    const expected = [["B-Disease", "I-Disease"], ["O"], ["O", "B-Disease", "I-Disease", "I-Disease"]];
    expect(examples.length, "the last sentence is cut in two").toBe(4);
    for (const batches of [
      [[0, 1, 2, 3]],
      [[3], [1], [0], [2]],
      [
        [2, 0],
        [1, 3],
      ],
    ]) {
      expect(await predictTags(examples, batches, [2, 1, 4], labels, 0, gold)).toEqual(expected);
    }
  });

  it("gives O to words without pieces, and the first of equal labels", async () => {
    const { examples: some } = encodeSentences([{ tokens: ["\u200b", "a", "b"] }], tokenizer, labelIds, 8);
    const inside = await predictTags(
      some,
      [[0]],
      [3],
      labels,
      0,
      logitsBy(() => 2),
    );
    expect(inside).toEqual([["O", "I-Disease", "I-Disease"]]);
    const equal = await predictTags(
      some,
      [[0]],
      [3],
      labels,
      0,
      async (batch) => new Float32Array(batch.labels.length * 3),
    );
    expect(equal).toEqual([["O", "O", "O"]]);
  });
});
