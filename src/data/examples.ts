// What a corpus becomes before a task encodes it: one typed example each for the tasks BioBERT is measured on, whatever the file
// it came from looked like. All offsets are UTF-16 units of the text beside them, ends exclusive.

import type { Warning } from "../core/index.ts";

export type Split = "train" | "dev" | "test";

export type ExampleTask =
  | "ner"
  | "relation"
  | "qa"
  | "yes-no"
  | "multiple-choice"
  | "classification"
  | "similarity"
  | "document-embedding";

/** What every example has. */
export interface ExampleBase {
  /** Unique among the examples of its split. */
  id: string;
  /** The document it is of (a PMID where the corpus has one); absent where the corpus does not say. */
  documentId?: string;
  /** Where it stands. */
  file?: string;
  /** 1-based; of a sentence of tagged tokens, the line of its first token. */
  line?: number;
}

/** One sentence of tagged tokens. */
export interface NerSentenceExample extends ExampleBase {
  tokens: string[];
  /** As many as tokens; `B`, `I`, `O` where the corpus has one type and does not name it. */
  tags: string[];
  file: string;
  line: number;
}

/** Part of a text. */
export interface TextSpan {
  start: number;
  end: number;
}

/** One side of a relation. */
export interface RelationArgument {
  /** The mention's or the concept's identifier in the corpus. */
  id: string;
  type: string;
  /** Of a mention, its parts (several where it is discontinuous); of a concept, every mention of it. Offsets in `source`. */
  spans: TextSpan[];
}

/** One pair of entities in a sentence or, where relations are those of documents, in a document. */
export interface RelationExample extends ExampleBase {
  /** What the model reads: the pair anonymised (`@CHEMICAL$`) or marked, as the corpus's protocol says. */
  text: string;
  /** One of the set's `labels`. */
  label: string;
  /** The text before that, where the corpus gives it. */
  source?: string;
  first?: RelationArgument;
  second?: RelationArgument;
}

export interface Answer {
  text: string;
  /** `context.slice(start, start + text.length) === text`. */
  start: number;
}

/** One question with one context; a question with several contexts is several examples. */
export interface QaExample extends ExampleBase {
  /** The question's own id, which its contexts share and answers are pooled by. */
  questionId: string;
  kind: "factoid" | "list" | "span";
  question: string;
  context: string;
  /** Where an answer stands in the context; empty for a test set without answers, or where none stands there. */
  answers: Answer[];
  /** SQuAD 2: the context is known not to hold an answer. Elsewhere false. */
  isImpossible: boolean;
  /** The question's golden answers, each a list of its synonyms, best known first; absent where the file has none. */
  golden?: string[][];
  /** Of BioASQ, such as `6b-2`. */
  batch?: string;
}

/** One question that is answered with yes, no or, in PubMedQA, maybe. */
export interface YesNoExample extends ExampleBase {
  questionId: string;
  question: string;
  /** Passages to read; BioASQ's protocol averages over them, PubMedQA and BLURB join them. */
  contexts: string[];
  label: string;
  batch?: string;
  /** PubMedQA's conclusion, which its "reasoning-free" setting lets a model see in training. */
  longAnswer?: string;
}

export interface MultipleChoiceExample extends ExampleBase {
  question: string;
  options: string[];
  /** Indices of the right options: one, or several in FrenchMedMCQA. */
  answers: number[];
  /** Easy, medium, hard; step1, step2&3; simple, multiple: what a corpus grades by. */
  level?: string;
  subject?: string;
}

export interface ClassificationExample extends ExampleBase {
  text: string;
  /** One label; of a multi-label set any number of them, also none. */
  labels: string[];
  /** Of a sentence in a sequence, its number in the document, from 0. */
  position?: number;
}

/** Two texts and how alike people find them. */
export interface SimilarityExample extends ExampleBase {
  first: string;
  second: string;
  score: number;
}

/** A document to embed. */
export interface DocumentExample extends ExampleBase {
  title: string;
  abstract: string;
  labels: string[];
}

/** Documents to rank for a query document: what co-views, citations and searches are scored by. */
export interface RankingQuery {
  /** The id of a document of the set. */
  query: string;
  /** Ids of documents of the set, each with its relevance (0: not relevant). */
  candidates: { id: string; relevance: number }[];
}

/** Two documents of the set and how alike people find them: what the cosine of their vectors is held to. */
export interface ScoredPair {
  first: string;
  second: string;
  score: number;
}

export interface ExampleOf {
  ner: NerSentenceExample;
  relation: RelationExample;
  qa: QaExample;
  "yes-no": YesNoExample;
  "multiple-choice": MultipleChoiceExample;
  classification: ClassificationExample;
  similarity: SimilarityExample;
  "document-embedding": DocumentExample;
}

/** A split of a data set. */
export interface ExampleSet<Task extends ExampleTask = ExampleTask> {
  dataset: string;
  split: Split;
  task: Task;
  examples: ExampleOf[Task][];
  /** Every label that the data set's protocol has, in a fixed order; empty where examples have none. */
  labels: string[];
  /** The files that were read. */
  files: string[];
  warnings: Warning[];
  /** What was counted on the way, such as entities that overlap or gold relations across sentences, by name. */
  counts: Record<string, number>;
  /** Gold items that no example stands for, by label (relations across sentences): a strict score counts them as missed. */
  unreachable?: Record<string, number>;
  /** Of document embedding: the rankings to score, by name. */
  rankings?: Record<string, RankingQuery[]>;
  /** Of document embedding: the pairs whose likeness is scored. */
  pairs?: ScoredPair[];
  /** How `relation` texts show the pair: `anonymised` (`@GENE$`) or `marked`. */
  marking?: "anonymised" | "marked";
}

/** An `ExampleSet` of some task, told apart by `task`. */
export type AnyExampleSet = { [Task in ExampleTask]: ExampleSet<Task> }[ExampleTask];
