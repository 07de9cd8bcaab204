// Answers to a question out of raw texts: the best spans of all texts together, each with the sentence that it stands in.

import { BiobertError } from "../core/index.ts";
import type { AnyTask, QaPrediction, QaTaskExample } from "../tasks/index.ts";
import { splitSentences, type Span } from "../text/index.ts";
import type { PredictOptions, TaskModel } from "./task-model.ts";

/** A text to look for answers in. */
export interface QuestionedDocument {
  id: string;
  text: string;
}

export interface FoundAnswer {
  /** The document's id. */
  document: string;
  /** `text.slice(start, end)`; offsets are UTF-16 units of the document's text. */
  text: string;
  start: number;
  end: number;
  /** Softmax over the candidates of all documents, 0 to 1. */
  score: number;
  sentence: Span & { text: string };
}

/**
 * The `top` best answers to `question`, the best first. A document of any length is read in windows. A model that was trained
 * on questions without answers may find none: the list is then shorter, or empty.
 * @throws BiobertError `model-task` for a model of another task; `input-empty` for an empty question; `interrupted`.
 */
export async function answer(
  model: TaskModel<unknown>,
  question: string,
  documents: readonly QuestionedDocument[],
  { top = 1, signal }: { top?: number; signal?: AbortSignal } = {},
): Promise<FoundAnswer[]> {
  const { task } = model as TaskModel;
  if (task.name !== "qa") {
    throw new BiobertError({
      code: "model-task",
      message: `the model is for ${task.name}, not for qa`,
      hint: "Train one: npx biobert fine-tune qa --model START --train SQUAD.json --out DIR",
    });
  }
  if (question.trim() === "") throw new BiobertError({ code: "input-empty", message: "the question is empty" });
  const texts = documents.filter(({ text }) => text.trim() !== "");
  const examples = texts.map(({ id, text }): QaTaskExample => ({
    id,
    questionId: id,
    kind: "span",
    question: question.trim(),
    context: text,
    answers: [],
    isImpossible: false,
  }));
  const options: PredictOptions = signal === undefined ? {} : { signal };
  const { predictions } = await (model as TaskModel<AnyTask>).predict(examples, options);
  const candidates = (predictions as QaPrediction[]).flatMap(({ answer: best, nBest }, i) =>
    best.text === ""
      ? []
      : nBest.filter(({ text }) => text !== "").map((candidate) => ({ ...candidate, of: texts[i]! })),
  );
  // Compared by their logits: a share among the candidates of one document says nothing about another document.
  candidates.sort((a, b) => b.logit - a.logit);
  const highest = candidates[0]?.logit ?? 0;
  const total = candidates.reduce((sum, { logit }) => sum + Math.exp(logit - highest), 0);
  const sentences = new Map<string, readonly Span[]>();
  return candidates.slice(0, top).map(({ text, start, end, logit, of }) => {
    if (!sentences.has(of.text)) sentences.set(of.text, splitSentences(of.text));
    const sentence = sentenceAround(of.text, sentences.get(of.text)!, start, end);
    return { document: of.id, text, start, end, score: Math.exp(logit - highest) / total, sentence };
  });
}

/** From the start of the sentence in which a span begins to the end of the one in which it ends. */
function sentenceAround(text: string, sentences: readonly Span[], start: number, end: number): Span & { text: string } {
  const first = sentences.findLast((sentence) => sentence.start <= start)?.start ?? 0;
  const last = sentences.find((sentence) => sentence.end >= end)?.end ?? text.length;
  return { start: first, end: last, text: text.slice(first, last) };
}
