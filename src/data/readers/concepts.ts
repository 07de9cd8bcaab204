// Reads the ICD lists and makes questions of MedConceptsQA's kind: 250 a vocabulary and level, the benchmark's own limit, seed 1.

import { conceptQuestions, parseCodes } from "../convert/medical-concepts.ts";
import type { ReadContext, ReadResult } from "../registry/types.ts";

export async function readGeneratedConcepts({ files, source }: ReadContext): Promise<ReadResult<"multiple-choice">> {
  const lists = [
    { vocabulary: "ICD9CM", header: true, encoding: "windows-1252" },
    { vocabulary: "ICD10CM", header: false, encoding: "utf-8" },
  ] as const;
  const examples = [];
  for (const [i, { vocabulary, header, encoding }] of lists.entries()) {
    const { text, file } = await source.text(files[i]!, encoding);
    const codes = parseCodes(text, { file, header });
    for (const level of ["easy", "medium", "hard"] as const) examples.push(...conceptQuestions(codes, { vocabulary, level, count: 250, seed: 1 }).map((example) => ({ ...example, file })));
  }
  return { examples };
}
