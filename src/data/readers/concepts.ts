// Reads the ICD lists and makes questions of MedConceptsQA's kind, by seed: to test 250 a vocabulary and level, the benchmark's own
// limit; to train twice as many, of codes that are not tested.

import type { MultipleChoiceExample } from "../examples.ts";
import {
  type ConceptLevel,
  conceptQuestions,
  type MedicalCode,
  parseCodes,
  plainCode,
} from "../convert/medical-concepts.ts";
import { parseMedConceptsQa } from "../../formats/index.ts";
import type { ReadContext, ReadResult } from "../registry/types.ts";

const LISTS = [
  { vocabulary: "ICD9CM", header: true, encoding: "windows-1252" },
  { vocabulary: "ICD10CM", header: false, encoding: "utf-8" },
] as const;
const LEVELS: readonly ConceptLevel[] = ["easy", "medium", "hard"];
const TEST = { count: 250, seed: 1 };
const TRAIN = { count: 500, seed: 2 };

interface CodeList {
  vocabulary: string;
  codes: MedicalCode[];
  file: string;
}

async function codeLists({ files, source }: ReadContext): Promise<CodeList[]> {
  const lists: CodeList[] = [];
  for (const [i, { vocabulary, header, encoding }] of LISTS.entries()) {
    const { text, file } = await source.text(files[i]!, encoding);
    lists.push({ vocabulary, codes: parseCodes(text, { file, header }), file });
  }
  return lists;
}

function questionsOf(
  { vocabulary, codes, file }: CodeList,
  settings: { count: number; seed: number },
  without?: ReadonlySet<string>,
): MultipleChoiceExample[] {
  const given = without === undefined ? {} : { without };
  return LEVELS.flatMap((level) => conceptQuestions(codes, { vocabulary, level, ...settings, ...given })).map(
    (question) => ({ ...question, file }),
  );
}

/** The codes, without dots, that questions ask for. */
function askedCodes(questions: readonly Pick<MultipleChoiceExample, "question">[]): Set<string> {
  return new Set(
    questions.flatMap(({ question }) => /medical code (\S+) in /.exec(question)?.slice(1, 2) ?? []).map(plainCode),
  );
}

/** Questions made from the lists. What is trained on asks for other codes than what is tested. */
export async function readGeneratedConcepts(context: ReadContext): Promise<ReadResult<"multiple-choice">> {
  const examples = (await codeLists(context)).flatMap((list) => {
    const tested = questionsOf(list, TEST);
    return context.split === "test" ? tested : questionsOf(list, TRAIN, askedCodes(tested));
  });
  return { examples };
}

/** Questions made from the lists to train on for the benchmark's own, whose file is the last: of codes that it does not ask for. */
export async function readConceptTraining(context: ReadContext): Promise<ReadResult<"multiple-choice">> {
  const lists = await codeLists(context);
  const { text, file } = await context.source.text(context.files.at(-1)!);
  const tested = askedCodes(parseMedConceptsQa(text, { file, gold: false }));
  return { examples: lists.flatMap((list) => questionsOf(list, TRAIN, tested)) };
}
