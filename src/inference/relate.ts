// Relations out of texts with entities: every pair of the asked-for types in a sentence is shown to the model as it was in
// training, hidden behind markers such as @GENE$ (Lee et al. 2019), and what the model calls a relation comes out.

import { BiobertError } from "../core/index.ts";
import { sentencePairs } from "../data/index.ts";
import type { StandoffDocument } from "../formats/index.ts";
import { scoredClasses, type LabelPrediction, type RelationExample } from "../tasks/index.ts";
import type { PredictOptions, TaskModel } from "./task-model.ts";

/** Part of a text that names something. */
export interface RelatedEntity {
  type: string;
  /** UTF-16 units of the document's text. */
  start: number;
  end: number;
}

export interface DocumentWithEntities<Entity extends RelatedEntity = RelatedEntity> {
  id: string;
  text: string;
  entities: readonly Entity[];
}

export interface RelateOptions {
  /** Types of the two sides of a pair; default: every two different types there are, or the one type with itself. */
  pairs?: readonly (readonly [string, string])[];
  /** What the model knows a type as, such as `{Chemical: "CHEMICAL"}` for `@CHEMICAL$`; default: the type in capitals. */
  markers?: Readonly<Record<string, string>>;
  /** Leaves out relations that score less; 0 by default. */
  minScore?: number;
  signal?: AbortSignal;
}

/** A relation between two entities of a document, told by their indices. */
export interface FoundRelation {
  label: string;
  /** The model's probability of the label, 0 to 1. */
  score: number;
  first: number;
  second: number;
  /** Where both stand: one sentence, or several that an entity crosses. */
  sentence: { start: number; end: number; text: string };
}

export interface DocumentRelations {
  relations: FoundRelation[];
  /** Pairs that were shown to the model. */
  pairs: number;
}

/** The pairs of types to look at where none are named. */
function typePairs(documents: readonly DocumentWithEntities[]): [string, string][] {
  const types = [...new Set(documents.flatMap(({ entities }) => entities.map(({ type }) => type)))].sort();
  if (types.length === 1) return [[types[0]!, types[0]!]];
  return types.flatMap((first, i) => types.slice(i + 1).map((second): [string, string] => [first, second]));
}

const entityId = (index: number): string => `E${index}`;
const indexOfId = (id: string): number => Number(id.slice(1));

/**
 * The relations in each document, in the order of the documents.
 * @throws BiobertError `model-task` for a model of another task; `interrupted` when the signal fires.
 */
export async function relate(
  model: TaskModel<unknown>,
  documents: readonly DocumentWithEntities[],
  { pairs, markers = {}, minScore = 0, signal }: RelateOptions = {},
): Promise<DocumentRelations[]> {
  const { task, labels, options, predict } = model as TaskModel;
  if (task.name !== "relation") {
    throw new BiobertError({
      code: "model-task",
      message: `the model is for ${task.name}, not for relation`,
      hint: "Train one: npx biobert fine-tune relation --model START --train FILE --out DIR",
    });
  }
  const wanted = new Set(scoredClasses(labels, options["scored"] as string[] | undefined));
  const markerOf = (type: string): string => `@${markers[type] ?? type.toUpperCase()}$`;
  const chosen = pairs ?? typePairs(documents);
  const candidates = documents.flatMap(({ id, text, entities }, document) => {
    const standoff: StandoffDocument = {
      id,
      text,
      entities: entities.map(({ type, start, end }, i) => ({
        id: entityId(i),
        type,
        spans: [{ start, end }],
        text: text.slice(start, end),
        concepts: [],
      })),
      relations: [],
    };
    return chosen.flatMap(([first, second]) => {
      const { examples } = sentencePairs([standoff], {
        firstTypes: [first],
        secondTypes: [second],
        markerOf,
        labels: [],
        negative: "",
      });
      return examples.map((example) => ({ ...example, document }));
    });
  });
  const examples = candidates.map(({ id, text }): RelationExample => ({ id, text }));
  const settings: PredictOptions = signal === undefined ? {} : { signal };
  const { predictions } = await predict(examples, settings);
  const found = documents.map((): DocumentRelations => ({ relations: [], pairs: 0 }));
  candidates.forEach(({ document, first, second, source }, i) => {
    const own = found[document]!;
    own.pairs++;
    const { labels: [label], scores } = predictions[i] as LabelPrediction;
    const score = scores![label!]!;
    if (!wanted.has(label!) || score < minScore) return;
    const [a, b] = [indexOfId(first!.id), indexOfId(second!.id)];
    const start = documents[document]!.entities[a]!.start - first!.spans[0]!.start;
    const sentence = { start, end: start + source!.length, text: source! };
    own.relations.push({ label: label!, score, first: a, second: b, sentence });
  });
  return found;
}
