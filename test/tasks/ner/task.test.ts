// Named entities as a task: files with tags and without, and tags that a model cannot know.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkOptions, nerTask, type NerOptions } from "../../../src/tasks/index.ts";
import { temporaryFolder } from "../../support/tiny-model.ts";

const folder = temporaryFolder("ner-task");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const options: NerOptions = checkOptions(nerTask.options, {});

describe("files of words alone", () => {
  const words = write("words.txt", "Gout\nflares\n\nNo\nfever\n");

  it("are read to predict for, without a word about tags", async () => {
    const { examples, warnings } = await nerTask.read([words], options, false);
    expect(examples.map(({ tokens, line }) => [tokens, line])).toEqual([
      [["Gout", "flares"], 1],
      [["No", "fever"], 4],
    ]);
    expect(warnings).toEqual([]);
  });

  it("are refused where tags are needed", async () => {
    await expect(nerTask.read([words], options, true)).rejects.toMatchObject({
      code: "input-format",
      place: { file: words, line: 1 },
      message: expect.stringContaining("only one column"),
    });
  });
});

describe("tags without a type", () => {
  const gold = write("gold.tsv", "Gout\tO\n\nhigh\tO\nfever\tB\n");
  const labels = (...types: string[]) => ["O", ...types.flatMap((type) => [`B-${type}`, `I-${type}`])];

  it("are those of a model's one type, and named where it has several", async () => {
    const { examples } = await nerTask.read([gold], options, true);
    nerTask.requireKnownLabels(examples, { labels: labels("Disease"), options });
    expect(() => nerTask.requireKnownLabels(examples, { labels: labels("Disease", "Gene"), options })).toThrow(
      expect.objectContaining({
        code: "label-unknown",
        message: 'the tag "B" has no type, and there are several: Disease, Gene',
        place: { file: gold, line: 4 },
      }),
    );
  });
});

describe("what a report shows of a sentence", () => {
  const labels = ["O", "B-Disease", "I-Disease", "B-Gene"];
  const sentence = { id: "s", file: "s.tsv", line: 1, tokens: ["fever", "after", "fever"], tags: ["B", "O", "O"] };

  it("is wrong where the same words are found in another place, which is then said", () => {
    expect(nerTask.show(sentence, ["O", "O", "B-Disease"], { labels: labels.slice(0, 3), options })).toEqual({
      text: "fever after fever",
      gold: "fever (Disease, word 1)",
      predicted: "fever (Disease, word 3)",
      right: false,
    });
  });

  it("is right where start, end and type are, and leaves places out that nobody needs", () => {
    const shown = (found: string[]) =>
      nerTask.show({ ...sentence, tags: ["B-Disease", "O", "O"] }, found, { labels, options });
    expect(shown(["B-Disease", "O", "O"])).toMatchObject({ gold: "fever (Disease)", right: true });
    expect(shown(["B-Gene", "O", "O"])).toMatchObject({ predicted: "fever (Gene)", right: false });
    expect(shown(["B-Disease", "O", "B-Disease"])).toMatchObject({
      gold: "fever (Disease)",
      predicted: "fever (Disease); fever (Disease)",
      right: false,
    });
  });
});
