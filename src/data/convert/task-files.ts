// A split of any data set as the file that its task reads: tagged words for ner, JSON lines for all others. What `fine-tune`,
// `evaluate` and `predict` then do with it is the same as with a file of the user's own.

import { BiobertError } from "../../core/index.ts";
import type { AnyExampleSet, QaExample, YesNoExample } from "../examples.ts";

/** How a data set is trained on: the task of the commands, and the options that its examples ask for. */
export interface TaskFile {
  /** The task's name in `fine-tune TASK`. */
  task: string;
  /** Options of the task, as flags. */
  flags: string[];
  /** What the file's name ends with. */
  ending: ".tsv" | ".jsonl";
  /** Its lines, each with its end. */
  lines(): Generator<string>;
}

function* jsonLines<T>(examples: readonly T[], record: (example: T) => Record<string, unknown>): Generator<string> {
  for (const example of examples) yield `${JSON.stringify(record(example))}\n`;
}

/** The id of a document where there is one: what `--by-document` scores by, and what training and test are compared by. */
function documentField(documentId: string | undefined): Record<string, string> {
  return documentId === undefined ? {} : { document_id: documentId };
}

/** Questions with contexts, as `qa` reads them: a line each. */
export function qaLines(examples: readonly QaExample[]): Generator<string> {
  return jsonLines(
    examples,
    ({ id, questionId, kind, question, context, answers, isImpossible, golden, batch, documentId }) => ({
      id,
      questionId,
      kind,
      question,
      context,
      answers,
      ...(isImpossible ? { isImpossible } : {}),
      ...(golden === undefined ? {} : { golden }),
      ...(batch === undefined ? {} : { batch }),
      ...documentField(documentId),
    }),
  );
}

/** Yes/no questions with their contexts, as `yes-no` reads them: a line each. */
export function yesNoLines(examples: readonly YesNoExample[]): Generator<string> {
  return jsonLines(examples, ({ id, question, contexts, label, batch, documentId }) => ({
    id,
    question,
    contexts,
    label,
    ...(batch === undefined ? {} : { batch }),
    ...documentField(documentId),
  }));
}

/**
 * The file of a split.
 * @throws BiobertError `unsupported` for document embedding, which is not trained.
 */
export function taskFile(set: AnyExampleSet): TaskFile {
  switch (set.task) {
    case "ner":
      return {
        task: "ner",
        flags: [],
        ending: ".tsv",
        *lines() {
          for (const { tokens, tags } of set.examples)
            yield `${tokens.map((token, i) => `${token}\t${tags[i]!}`).join("\n")}\n\n`;
        },
      };
    case "relation":
      return {
        task: "relation",
        flags: [],
        ending: ".jsonl",
        lines: () =>
          jsonLines(set.examples, ({ id, text, label, documentId, first, second }) => ({
            id,
            sentence: text,
            label,
            ...documentField(documentId),
            // The concepts of a marked document, by which `--by-document` scores; hidden entities are told by their places.
            ...(set.marking === "marked" && first !== undefined && second !== undefined
              ? { first: first.id, second: second.id }
              : {}),
          })),
      };
    case "qa":
      return {
        task: "qa",
        flags: [],
        ending: ".jsonl",
        lines: () => qaLines(set.examples),
      };
    case "yes-no":
      return {
        task: "yes-no",
        flags: [],
        ending: ".jsonl",
        lines: () => yesNoLines(set.examples),
      };
    case "multiple-choice":
      return {
        task: "multiple-choice",
        flags: set.examples.some(({ answers }) => answers.length > 1) ? ["--answers", "several"] : [],
        ending: ".jsonl",
        lines: () =>
          jsonLines(set.examples, ({ id, question, options, answers, level, subject, documentId }) => ({
            id,
            question,
            options,
            answers,
            ...(level === undefined ? {} : { level }),
            ...(subject === undefined ? {} : { subject }),
            ...documentField(documentId),
          })),
      };
    case "classification": {
      const several = set.examples.some(({ labels }) => labels.length !== 1);
      return {
        task: "classification",
        flags: several ? ["--problem", "multi-label"] : [],
        ending: ".jsonl",
        lines: () =>
          jsonLines(set.examples, ({ id, text, labels, documentId }) => ({
            id,
            text,
            label: several ? labels : labels[0],
            ...documentField(documentId),
          })),
      };
    }
    case "similarity":
      return {
        task: "classification",
        flags: ["--problem", "regression"],
        ending: ".jsonl",
        lines: () =>
          jsonLines(set.examples, ({ id, first, second, score }) => ({ id, text: first, text_b: second, score })),
      };
    case "document-embedding":
      throw new BiobertError({
        code: "unsupported",
        message: `${set.dataset} is for document embedding, which is scored and not trained`,
        hint: `Score it: npx biobert evaluate document-embedding --model DIR --set ${set.dataset}`,
      });
  }
}
