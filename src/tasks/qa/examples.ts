// Questions with contexts out of the files people have: SQuAD's form (which BioBERT's release of BioASQ has), BioASQ's own
// JSON, and JSON lines of the examples that `biobert` reads data sets as.

import { addAll, BiobertError, type Warning, type WarningSink } from "../../core/index.ts";
import {
  batchOf,
  bioAsqSpansOf,
  literalAnswers,
  readText,
  squadSpans,
  type QaExample as DataExample,
  type QuestionKind,
} from "../../data/index.ts";
import {
  documentIdOf,
  isBioAsq,
  jsonRecords,
  parseBioAsq,
  parseSquad,
  quoted,
  type BioAsqQuestion,
  type SquadQuestion,
} from "../../formats/index.ts";
import { repeatedIds } from "../tables.ts";
import type { TaskData, TaskExample } from "../task.ts";

/** A question with one context. Questions with several contexts share a `questionId`. */
export type QaTaskExample = TaskExample & DataExample;

/** A file with what is in it. */
interface BioAsqFile {
  file: string;
  questions: BioAsqQuestion[];
}

/**
 * Reads files: `.jsonl` as JSON lines, other JSON by what is in it. A BioASQ file that has questions of a SQuAD file beside it gives their golden
 * answers; of any other the snippets are the contexts, which is said where SQuAD files lie beside it.
 * @throws BiobertError `input-format` with file and line, or the question's id; `input-empty` where there is no question.
 */
export async function readQuestions(files: readonly string[], kind: QuestionKind): Promise<TaskData<QaTaskExample>> {
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const lines: QaTaskExample[] = [];
  const bioAsq: BioAsqFile[] = [];
  const squad: { file: string; questions: SquadQuestion[] }[] = [];
  for (const file of files) {
    const text = await readText(file, { stripBom: true, requireContent: true });
    if (/\.jsonl(\.gz)?$/i.test(file)) addAll(lines, jsonExamples(text, file, warn));
    else if (isBioAsq(text)) bioAsq.push({ file, questions: parseBioAsq(text, { file, warn }) });
    else squad.push({ file, questions: parseSquad(text, { file, warn }) });
  }
  const examples: QaTaskExample[] = [];
  const asked = new Set<string>();
  const golden = new Map(bioAsq.flatMap(({ file, questions }) => questions.map((each) => [each.id, { each, file }])));
  const answers = new Map([...golden].map(([id, { each }]) => [id, each.exactAnswer ?? []]));
  for (const { file, questions } of squad) {
    for (const example of squadSpans(questions, { golden: answers, file })) {
      asked.add(example.questionId);
      const known = golden.get(example.questionId);
      const batch = batchOf(file) ?? (known === undefined ? undefined : batchOf(known.file));
      examples.push({
        ...example,
        ...(known === undefined ? {} : { kind: known.each.type === "list" ? "list" : "factoid" }),
        ...(batch === undefined ? {} : { batch }),
      });
    }
  }
  addAll(examples, lines);
  for (const each of bioAsq) {
    if (each.questions.some(({ id }) => asked.has(id))) continue;
    if (squad.length > 0) {
      const message =
        "none of its questions is in the SQuAD files beside it: it gives no golden answers, and its own questions are read";
      warn({ code: "golden-unused", message, place: { file: each.file } });
    }
    addAll(examples, snippetExamples(each, kind));
  }
  if (examples.length === 0) {
    throw new BiobertError({
      code: "input-empty",
      message: "there is no question with a context",
      place: { file: files.join(", ") },
      hint: "Give a SQuAD file, a BioASQ file with snippets of factoid or list questions, or JSON lines.",
    });
  }
  return { examples, warnings: [...warnings, ...repeatedIds(examples)] };
}

function snippetExamples({ file, questions }: BioAsqFile, kind: QuestionKind): QaTaskExample[] {
  const batch = batchOf(file);
  return bioAsqSpansOf(questions, kind, { file, ...(batch === undefined ? {} : { batch }) }).flatMap(
    ({ examples }) => examples,
  );
}

const LINE_HINT =
  'Each line is {"id", "question", "context", "answers": [{"text", "start"}]}; starts count UTF-16 units.';

function jsonExamples(text: string, file: string, warn: WarningSink): QaTaskExample[] {
  return [...jsonRecords(text, { file, hint: LINE_HINT })].map(({ record, line }) =>
    exampleOf(record, { file, line }, warn),
  );
}

/** One record: id, question, context, and answers as texts or as `{text, start}`. */
function exampleOf(
  record: Record<string, unknown>,
  { file, line }: { file: string; line: number | undefined },
  warn: WarningSink,
): QaTaskExample {
  const bad = (message: string): BiobertError =>
    new BiobertError({ code: "input-format", message, place: { file, line }, hint: LINE_HINT });
  const { question, context, answers = [], golden } = record;
  for (const [name, value] of Object.entries({ question, context })) {
    if (typeof value !== "string" || value.trim() === "") throw bad(`no ${name}`);
  }
  if (!Array.isArray(answers)) throw bad('"answers" is not a list');
  const literal = (answer: string): DataExample["answers"] => {
    const places = literalAnswers(context as string, answer);
    if (places.length === 0 && !isGolden(golden)) {
      const message = `the answer ${quoted(answer)} does not stand in the context and is left out`;
      warn({ code: "answer-not-found", message, place: { file, line } });
    }
    return places;
  };
  const found = answers.flatMap((answer: unknown) => {
    if (typeof answer === "string") return literal(answer);
    const { text: own, start } = (answer ?? {}) as { text?: unknown; start?: unknown };
    if (typeof own !== "string" || own === "") throw bad("an answer without text");
    if (typeof start !== "number") return literal(own);
    if ((context as string).startsWith(own, start)) return [{ text: own, start }];
    // Moved where there is no doubt which place is meant.
    const first = (context as string).indexOf(own);
    if (first >= 0 && (context as string).indexOf(own, first + 1) < 0) {
      const message = `the answer ${JSON.stringify(own.slice(0, 60))} does not stand at ${start}; its one place, ${first}, is taken`;
      warn({ code: "answer-moved", message, place: { file, line } });
      return [{ text: own, start: first }];
    }
    throw bad(`the answer ${JSON.stringify(own.slice(0, 60))} does not stand at ${start} of the context`);
  });
  const id =
    typeof record["id"] === "string" || typeof record["id"] === "number" ? String(record["id"]) : `${file}:${line}`;
  const kind = record["kind"] === "factoid" || record["kind"] === "list" ? record["kind"] : "span";
  return {
    id,
    questionId: typeof record["questionId"] === "string" ? record["questionId"] : id,
    kind,
    question: (question as string).trim(),
    context: context as string,
    answers: found,
    isImpossible: record["isImpossible"] === true,
    ...(isGolden(golden) ? { golden } : {}),
    ...(typeof record["batch"] === "string" ? { batch: record["batch"] } : {}),
    ...documentIdOf(record),
    file,
    ...(line === undefined ? {} : { line }),
  };
}

function isGolden(value: unknown): value is string[][] {
  return (
    Array.isArray(value) && value.every((item) => Array.isArray(item) && item.every((text) => typeof text === "string"))
  );
}
