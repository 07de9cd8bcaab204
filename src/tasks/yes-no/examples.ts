// Questions that are answered with yes, no or maybe, out of BioASQ's JSON, PubMedQA's, BLURB's rows, and JSON lines.

import { addAll, BiobertError, type Warning, type WarningSink } from "../../core/index.ts";
import { batchOf, readText, snippetContexts } from "../../data/index.ts";
import {
  documentIdOf,
  isBioAsq,
  jsonRecords,
  parseBioAsq,
  parsePubMedQa,
  parseYesNoRows,
  quoted,
} from "../../formats/index.ts";
import { repeatedIds } from "../tables.ts";
import type { TaskData, TaskExample } from "../task.ts";

export interface YesNoTaskExample extends TaskExample {
  question: string;
  /** Passages to read, at least one. */
  contexts: readonly string[];
  /** Absent where the file has none. */
  labels?: readonly [string];
  /** Of PubMedQA, and where the file names it: what training and test are compared by. */
  documentId?: string;
  /** The batch of BioASQ that it is of, where that is known. */
  batch?: string;
}

/**
 * Reads files, each told by its content: BioASQ (`{"questions": ...}`), PubMedQA (an object by PMID), `.jsonl` of `{"id", "question",
 * "contexts" or "context", "label"}`, anything else as BLURB's rows of id, question, passage, label. Labels may be missing unless they
 * are `gold`. What a BioASQ file has and cannot be used, questions without a snippet or, for gold, without an answer, is said.
 * @throws BiobertError `input-format` with file and line; `input-empty` where there is no question.
 */
export async function readYesNo(files: readonly string[], gold: boolean): Promise<TaskData<YesNoTaskExample>> {
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const examples: YesNoTaskExample[] = [];
  for (const file of files) {
    const text = await readText(file, { stripBom: true, requireContent: true });
    const labelled = (label: string | undefined) => (label === undefined ? {} : { labels: [label] as const });
    if (/\.jsonl(\.gz)?$/i.test(file)) addAll(examples, jsonExamples(text, file, gold));
    else if (isBioAsq(text)) addAll(examples, bioAsqExamples(text, file, gold, warn));
    else if (/^\s*\{/.test(text)) {
      for (const { pmid, question, contexts, decision } of parsePubMedQa(text, { file, unlabelled: !gold }))
        examples.push({
          id: pmid,
          documentId: pmid,
          question,
          contexts: [contexts.join(" ")],
          ...labelled(decision),
          file,
        });
    } else {
      for (const { id, question, context, label, line } of parseYesNoRows(text, { file, unlabelled: !gold }))
        examples.push({ id, question, contexts: [context], ...labelled(label), file, line });
    }
  }
  if (examples.length === 0) {
    throw new BiobertError({
      code: "input-empty",
      message: `there is no yes/no question with a context${gold ? " and an answer" : ""}`,
      place: { file: files.join(", ") },
      hint: "BioASQ's questions of type yesno need a snippet each, all others a passage; without answers they are for predict alone.",
    });
  }
  return { examples, warnings: [...warnings, ...repeatedIds(examples)] };
}

function bioAsqExamples(text: string, file: string, gold: boolean, warn: WarningSink): YesNoTaskExample[] {
  const batch = batchOf(file);
  // A question without a snippet is said by the parser, of any type.
  const asked = parseBioAsq(text, { file, warn }).filter(({ type }) => type === "yesno");
  const withContext = asked.filter((question) => snippetContexts(question).length > 0);
  const kept = withContext.filter(({ yesNo }) => !gold || yesNo !== undefined);
  if (kept.length < withContext.length) {
    const message = `${withContext.length - kept.length} of ${asked.length} yes/no questions have no answer and are left out`;
    warn({ code: "questions-unanswered", message, place: { file } });
  }
  return kept.map((question) => ({
    id: question.id,
    question: question.body,
    contexts: snippetContexts(question),
    ...(question.yesNo === undefined ? {} : { labels: [question.yesNo] as const }),
    ...(batch === undefined ? {} : { batch }),
    file,
  }));
}

function* jsonExamples(text: string, file: string, gold: boolean): Generator<YesNoTaskExample> {
  const hint = 'Each line is {"id", "question", "contexts": ["..."], "label": "yes"}.';
  for (const { record, line } of jsonRecords(text, { file, hint })) {
    const bad = (message: string): BiobertError =>
      new BiobertError({ code: "input-format", message, place: { file, line }, hint });
    const { question, label, batch } = record;
    const contexts = [record["contexts"] ?? record["context"]].flat();
    if (typeof question !== "string" || question.trim() === "") throw bad("no question");
    const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
    if (contexts.length === 0 || !contexts.every(isText)) throw bad("a question without context");
    if (gold && !isText(label)) throw bad("no label");
    const said = isText(label) ? label.trim().toLowerCase() : undefined;
    if (said !== undefined && !["yes", "no", "maybe"].includes(said))
      throw bad(`the label ${quoted(label as string)} is neither yes, no nor maybe`);
    const id =
      typeof record["id"] === "string" || typeof record["id"] === "number" ? String(record["id"]) : `${file}:${line}`;
    yield {
      id,
      question: question.trim(),
      contexts,
      ...(said === undefined ? {} : { labels: [said] as const }),
      ...(isText(batch) ? { batch } : {}),
      ...documentIdOf(record),
      file,
      ...(line === undefined ? {} : { line }),
    };
  }
}
