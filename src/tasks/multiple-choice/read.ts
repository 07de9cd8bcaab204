// Questions with options from files: JSON lines or JSON arrays in the form of MedQA, MedMCQA, FrenchMedMCQA or MedConceptsQA
// or of this project, and MMLU's CSV.

import { BiobertError, type Warning } from "../../core/index.ts";
import { readText, type MultipleChoiceExample } from "../../data/index.ts";
import { parseAnyChoices, parseMmluCsv, type ChoiceQuestion, type ChoiceReading } from "../../formats/index.ts";
import { rowError } from "../tables.ts";

export interface ReadChoicesOptions {
  /** Whether each question must say which options are right. */
  gold: boolean;
  /** Whether several options of a question may be right. */
  several: boolean;
  /** Questions may have so many options or fewer; undefined: all must have as many as the first. */
  choices?: number | undefined;
}

/**
 * Reads the questions of files as one set. `.csv` is MMLU's form, its subject the file's name; all else is JSON.
 * @throws BiobertError those of reading text; `input-format` with file and line or question for what is not in the form,
 *   another number of options, or several right options where one is expected; `input-empty` for a file without a question.
 */
export async function readChoiceFiles(
  files: readonly string[],
  { gold, several, choices }: ReadChoicesOptions,
): Promise<{ examples: MultipleChoiceExample[]; warnings: Warning[] }> {
  const examples: MultipleChoiceExample[] = [];
  const warnings: Warning[] = [];
  const ids = new Set<string>();
  for (const file of files) {
    const text = await readText(file, { stripBom: true, requireContent: true });
    const reading: ChoiceReading = { file, gold, warn: (warning) => void warnings.push(warning) };
    const questions = isCsv(file) ? parseMmlu(text, reading, file) : parseAnyChoices(text, reading);
    if (questions.length === 0)
      throw new BiobertError({
        code: "input-empty",
        message: "the file holds no question",
        place: { file },
        hint: "Each record is a question with its options; look whether the file was written to its end.",
      });
    // Questions that have no id of their own are numbered file by file.
    const prefix = files.length > 1 && questions.some(({ id }) => ids.has(id)) ? `${baseName(file)}:` : "";
    for (const question of questions) {
      const example = { ...question, id: prefix + question.id, file };
      ids.add(question.id);
      requireFitting(example, examples[0] ?? example, { several, choices });
      examples.push(example);
    }
  }
  return { examples, warnings };
}

function isCsv(file: string): boolean {
  return /\.csv(\.gz)?$/i.test(file);
}

function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1)!;
}

/** MMLU names a file by subject and split, `anatomy_test.csv`; its rows have four options, but others may have more. */
function parseMmlu(text: string, reading: ChoiceReading, file: string): ChoiceQuestion[] {
  const subject = baseName(file).replace(/(_(test|dev|val|train))?\.csv(\.gz)?$/i, "");
  return parseMmluCsv(text, { ...reading, options: undefined, subject });
}

function requireFitting(
  example: MultipleChoiceExample,
  first: MultipleChoiceExample,
  { several, choices }: Omit<ReadChoicesOptions, "gold">,
): void {
  const { options, answers, id } = example;
  if (choices !== undefined && options.length > choices) {
    throw rowError(
      example,
      `question ${id} has ${options.length} options where at most ${choices} are expected`,
      `Ask for so many: --choices ${options.length}.`,
    );
  }
  if (choices === undefined && options.length !== first.options.length) {
    const most = Math.max(options.length, first.options.length);
    throw rowError(
      example,
      `question ${id} has ${options.length} options where ${first.options.length} are expected, as question ${first.id} has`,
      `Questions with different numbers of options: --choices ${most}; those that have fewer are padded.`,
    );
  }
  if (!several && answers.length > 1) {
    throw rowError(
      example,
      `question ${id} has ${answers.length} right options where one is expected`,
      "Questions with several right options: --answers several.",
    );
  }
}
