// Questions of MedConceptsQA's kind (Shoham and Rappoport 2024) from a list of codes: what a code stands for, with three wrong
// descriptions from elsewhere in the code tree. Easy: anywhere; medium: 3 to 5 edges away; hard: 2 edges away (siblings).

import { BiobertError, Random } from "../../core/index.ts";
import { parseCsv } from "../../formats/index.ts";
import type { MultipleChoiceExample } from "../examples.ts";

export interface MedicalCode {
  code: string;
  description: string;
}

export type ConceptLevel = "easy" | "medium" | "hard";

export interface ConceptQuestionOptions {
  vocabulary: string;
  level: ConceptLevel;
  count: number;
  seed: number;
  /** Codes, without dots, that are not asked for; they may still be distractors. */
  without?: ReadonlySet<string>;
}

/** Reads codes and descriptions; `columns` are their places in a row. Codes that come twice are taken once. @throws BiobertError `input-format`. */
export function parseCodes(
  text: string,
  options: { file?: string; header: boolean; code?: number; description?: number },
): MedicalCode[] {
  const codes = new Map<string, MedicalCode>();
  let first = options.header;
  for (const { cells: columns } of parseCsv(text, options.file)) {
    if (first) {
      first = false;
      continue;
    }
    const code = columns[options.code ?? 0]?.trim() ?? "";
    const description = columns[options.description ?? 1]?.trim() ?? "";
    if (code !== "" && description !== "" && !codes.has(code)) codes.set(code, { code, description });
  }
  return [...codes.values()];
}

/**
 * Makes `count` questions by seed: the same list, level and seed give the same questions. The tree is the codes' own: a code's parent
 * is its code without the last character (the dot aside), down to the three-character category, then the chapter's first character.
 * @throws BiobertError `usage` when the list has too few codes with three distractors at that distance.
 */
export function conceptQuestions(
  codes: readonly MedicalCode[],
  { vocabulary, level, count, seed, without }: ConceptQuestionOptions,
): MultipleChoiceExample[] {
  const random = new Random(seed, ["easy", "medium", "hard"].indexOf(level) + 1);
  const paths = codes.map(({ code }) => pathOf(code));
  const byAncestor = new Map<string, number[]>();
  paths.forEach((path, i) => {
    for (const node of path) {
      const inside = byAncestor.get(node);
      if (inside === undefined) byAncestor.set(node, [i]);
      else inside.push(i);
    }
  });
  const order = random.shuffle(codes.map((_, i) => i));
  const examples: MultipleChoiceExample[] = [];
  for (const target of order) {
    if (examples.length === count) break;
    if (without?.has(plainCode(codes[target]!.code)) === true) continue;
    const distractors =
      level === "easy" ? anywhere(target, codes, random) : near(target, level, codes, paths, byAncestor, random);
    if (distractors === undefined) continue;
    const options = random.shuffle([target, ...distractors]);
    const { code } = codes[target]!;
    examples.push({
      id: `${vocabulary}-${level}-${code}`,
      question: `What is the description of the medical code ${code} in ${vocabulary}?`,
      options: options.map((index) => codes[index]!.description),
      answers: [options.indexOf(target)],
      level,
      subject: vocabulary,
    });
  }
  if (examples.length === count) return examples;
  throw new BiobertError({
    code: "usage",
    message: `the list of ${codes.length} codes gives ${examples.length} ${level} questions, not ${count}`,
  });
}

/** A code without its dot: lists differ in writing it. */
export function plainCode(code: string): string {
  return code.replace(".", "");
}

/** Nodes from the root to the code: chapter, category, and one for each further character. */
export function pathOf(code: string): string[] {
  const plain = plainCode(code);
  const nodes = ["", plain.slice(0, 1)];
  for (let length = 3; length <= Math.max(3, plain.length); length++)
    if (plain.length >= length) nodes.push(plain.slice(0, length));
  if (nodes.at(-1) !== plain) nodes.push(plain);
  return [...new Set(nodes)];
}

/** Edges between two codes in the tree. */
export function codeDistance(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return a.length + b.length - 2 * shared;
}

function anywhere(target: number, codes: readonly MedicalCode[], random: Random): number[] | undefined {
  const chosen: number[] = [];
  for (let tries = 0; chosen.length < 3 && tries < 100; tries++)
    take(random.nextInteger(codes.length), target, codes, chosen);
  return chosen.length === 3 ? chosen : undefined;
}

function near(
  target: number,
  level: ConceptLevel,
  codes: readonly MedicalCode[],
  paths: readonly string[][],
  byAncestor: ReadonlyMap<string, number[]>,
  random: Random,
): number[] | undefined {
  const path = paths[target]!;
  const fits = (other: number): boolean => {
    const distance = codeDistance(path, paths[other]!);
    return level === "hard" ? distance === 2 : distance >= 3 && distance <= 5;
  };
  // What lies within five edges shares the ancestor four edges up.
  const ancestor = path[Math.max(0, path.length - (level === "hard" ? 2 : 5))]!;
  const candidates = random.shuffle(
    (byAncestor.get(ancestor) ?? []).filter((other) => other !== target && fits(other)),
  );
  const chosen: number[] = [];
  for (const other of candidates) if (chosen.length < 3) take(other, target, codes, chosen);
  return chosen.length === 3 ? chosen : undefined;
}

/** Adds a code whose description no option has yet. */
function take(other: number, target: number, codes: readonly MedicalCode[], chosen: number[]): void {
  const used = [target, ...chosen].map((index) => codes[index]!.description.toLowerCase());
  if (other !== target && !used.includes(codes[other]!.description.toLowerCase())) chosen.push(other);
}
