// Relations out of texts with entities: every pair of the asked-for types in a sentence is shown to the model as it was in
// training, hidden behind markers such as @GENE$ (Lee et al. 2019), and what the model calls a relation comes out.

import { BiobertError, type WarningSink } from "../core/index.ts";
import { sentencePairs, trimmedSpans } from "../data/index.ts";
import type { StandoffDocument } from "../formats/index.ts";
import { scoredClasses, type LabelPrediction, type RelationExample } from "../tasks/index.ts";
import type { PredictOptions, TaskModel } from "./task-model.ts";

/** Part of a text that names something. */
export interface RelatedEntity {
  type: string;
  /** UTF-16 units of the document's text. */
  start: number;
  end: number;
  /** Its parts in order, where it has several ("breast" and "cancer" of "breast and ovarian cancer"); `start` is that of the first. */
  spans?: readonly { start: number; end: number }[];
}

export interface DocumentWithEntities<Entity extends RelatedEntity = RelatedEntity> {
  id: string;
  text: string;
  entities: readonly Entity[];
  /** Parts that no sentence crosses, such as title and abstract; default: the whole text is one. */
  passages?: readonly { start: number; end: number; type: string }[];
}

export interface RelateOptions {
  /**
   * Types of the two sides of a pair; default: those whose markers the model was trained with, and where it does not say, every two
   * different types there are, or the one type with itself.
   */
  pairs?: readonly (readonly [string, string])[];
  /** Types that entities may have though these documents happen to hold none of them, as those of the models that find them. */
  types?: readonly string[];
  /** What the model knows a type as, such as `{Chemical: "CHEMICAL"}` for `@CHEMICAL$`; default: the type in capitals. */
  markers?: Readonly<Record<string, string>>;
  /** Leaves out relations that score less; 0 by default. */
  minScore?: number;
  /** Hears of types that the model has no pair for. */
  warn?: WarningSink;
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

/** Types of the first and of the second side of pairs. */
interface Sides {
  firstTypes: readonly string[];
  secondTypes: readonly string[];
}

/**
 * The sides of the pairs that are named. Where it is known which types there may be, one that is none of them is said.
 * @throws BiobertError `usage` where no pair is of two such types.
 */
function namedSides(
  pairs: readonly (readonly [string, string])[],
  known: readonly string[],
  warn: WarningSink | undefined,
): Sides[] {
  const isKnown = (type: string): boolean => known.includes(type);
  const unknown = [...new Set(pairs.flat())].filter((type) => !isKnown(type));
  if (unknown.length > 0 && known.length > 0) {
    const message = `no entity is a ${unknown.join(" or a ")}; entities are of the types ${known.join(", ")}`;
    const hint = "Name types as the entities have them, capitals and all: --pair A,B.";
    if (!pairs.some((pair) => pair.every(isKnown))) throw new BiobertError({ code: "usage", message, hint });
    warn?.({ code: "types-unknown", message: `${message}. ${hint}` });
  }
  return pairs.map(([first, second]) => ({ firstTypes: [first], secondTypes: [second] }));
}

/** The sides of pairs to look at where none are named: of the `known` types, where the model says what it was trained on. */
function sidesOf(
  types: readonly string[],
  known: readonly string[],
  trained: readonly string[] | undefined,
  markerOf: (type: string) => string,
  warn: WarningSink | undefined,
): Sides[] {
  if (trained === undefined) {
    if (types.length === 1) return [{ firstTypes: types, secondTypes: types }];
    return types.flatMap((first, i) =>
      types.slice(i + 1).map((second) => ({ firstTypes: [first], secondTypes: [second] })),
    );
  }
  const withMarker = (name: string): string[] =>
    known.filter((type) => markerOf(type).toLowerCase() === name.toLowerCase());
  const names = trained.map((pair) => pair.split(",") as [string, string]);
  const sides = names
    .map(([first, second]) => ({ firstTypes: withMarker(first), secondTypes: withMarker(second) }))
    .filter(({ firstTypes, secondTypes }) => firstTypes.length > 0 && secondTypes.length > 0);
  const used = new Set(sides.flatMap(({ firstTypes, secondTypes }) => [...firstTypes, ...secondTypes]));
  const unused = types.filter((type) => !used.has(type));
  const said = `the model was trained on pairs of ${names.map(([first, second]) => `${first} and ${second}`).join(", ")}`;
  const hint =
    "Say what the model knows a type as: --marker TYPE=NAME; or which pairs to look at in any case: --pair A,B.";
  if (sides.length === 0 && known.length > 0)
    throw new BiobertError({
      code: "usage",
      message: `${said}; the entities are of the types ${known.join(", ")}`,
      hint,
    });
  if (unused.length > 0)
    warn?.({
      code: "types-unused",
      message: `${said}; entities of the types ${unused.join(", ")} are in none. ${hint}`,
    });
  return sides;
}

const entityId = (index: number): string => `E${index}`;
const indexOfId = (id: string): number => Number(id.slice(1));

/**
 * The relations in each document, in the order of the documents.
 * @throws BiobertError `model-task` for a model of another task; `usage` where no two types make a pair that is asked for or that the
 *   model was trained on; `interrupted` when the signal fires.
 */
export async function relate(
  model: TaskModel<unknown>,
  documents: readonly DocumentWithEntities[],
  { pairs, types: possible, markers = {}, minScore = 0, warn, signal }: RelateOptions = {},
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
  const markerOf = (type: string): string => markers[type] ?? type.toUpperCase();
  const types = [...new Set(documents.flatMap(({ entities }) => entities.map(({ type }) => type)))].sort();
  const known = [...new Set([...types, ...(possible ?? [])])].sort();
  // What is named without saying which types there may be is taken as it is: these documents may only lack them.
  const chosen: readonly Sides[] =
    pairs === undefined
      ? sidesOf(types, known, options["pairs"] as string[] | undefined, markerOf, warn)
      : namedSides(pairs, possible === undefined ? [] : known, warn);
  const candidates = documents.flatMap(({ id, text, entities, passages }, document) => {
    const standoff: StandoffDocument = {
      id,
      text,
      entities: entities.map(({ type, start, end, spans }, i) => ({
        id: entityId(i),
        type,
        spans: trimmedSpans(text, {
          spans: spans?.map((span) => ({ start: span.start, end: span.end })) ?? [{ start, end }],
        }),
        text: text.slice(start, end),
        concepts: [],
      })),
      relations: [],
      ...(passages === undefined ? {} : { passages: [...passages] }),
    };
    return chosen.flatMap(({ firstTypes, secondTypes }) => {
      const { examples } = sentencePairs([standoff], {
        firstTypes,
        secondTypes,
        markerOf: (type) => `@${markerOf(type)}$`,
        labels: [],
        negative: "",
      });
      return examples.map((example) => ({ ...example, document, placed: standoff.entities }));
    });
  });
  const examples = candidates.map(({ id, text }): RelationExample => ({ id, text }));
  const settings: PredictOptions = signal === undefined ? {} : { signal };
  const { predictions } = await predict(examples, settings);
  const found = documents.map((): DocumentRelations => ({ relations: [], pairs: 0 }));
  candidates.forEach(({ document, placed, first, second, source }, i) => {
    const own = found[document]!;
    own.pairs++;
    const {
      labels: [label],
      scores,
    } = predictions[i] as LabelPrediction;
    const score = scores![label!]!;
    if (!wanted.has(label!) || score < minScore) return;
    const [a, b] = [indexOfId(first!.id), indexOfId(second!.id)];
    const start = placed[a]!.spans[0]!.start - first!.spans[0]!.start;
    const sentence = { start, end: start + source!.length, text: source! };
    own.relations.push({ label: label!, score, first: a, second: b, sentence });
  });
  return found;
}
