// What the registry says of a data set.

import type { WarningSink } from "../../core/index.ts";
import type { DataSource } from "../data-root.ts";
import type { ExampleOf, ExampleSet, ExampleTask, Split } from "../examples.ts";

export interface Licence {
  /** As the named source states it; `not stated` where it does not. */
  name: string;
  /** Whether weights trained on it may be shipped with this project; where they may not, it serves to measure only. */
  shippable: boolean;
  /** What binds: `non-commercial`, `registration` (register before use), `research`, `share-alike`; absent where nothing is known to. */
  binds?: "non-commercial" | "registration" | "research" | "share-alike";
  note?: string;
}

export interface DatasetSplit {
  /** Paths below the data root that are read (archives by their name). */
  files: readonly string[];
  /** What must be counted on reading: `examples`, `sentences`, `tokens`, `entities`, `documents`, `label NAME`. */
  counts: Readonly<Record<string, number>>;
  /** What more must be counted in each fold, of a set whose folds differ. */
  foldCounts?: readonly Readonly<Record<string, number>>[];
}

export interface PublishedScore {
  model: string;
  /** Named as the metric is in the source, such as `entity F1`. */
  metric: string;
  value: number;
  source: string;
}

export interface KnownOverlap {
  /** Document ids that both have. */
  documents: number;
  /** Test examples with a sentence, or a whole text, of 12 words or more that training has, too. */
  texts: number;
  /** Test examples whose whole text training has, of any length. */
  sentences: number;
}

export interface ReadContext {
  split: Split;
  files: readonly string[];
  source: DataSource;
  warn: WarningSink;
  /** 1 to 10 where the set has folds. */
  fold: number;
}

export interface ReadResult<Task extends ExampleTask = ExampleTask> {
  examples: ExampleOf[Task][];
  labels?: readonly string[];
  counts?: Record<string, number>;
  unreachable?: Record<string, number>;
  rankings?: ExampleSet["rankings"];
  pairs?: ExampleSet["pairs"];
}

export interface Dataset<Task extends ExampleTask = ExampleTask> {
  /** Lower case, with hyphens. */
  id: string;
  name: string;
  /** Other names that are taken for it. */
  aliases?: readonly string[];
  task: Task;
  description: string;
  licence: Licence;
  /** `pull`: every file can be fetched; `local`: put it there yourself; `no`: cannot be had, `why` says so and what to do. */
  availability: "pull" | "local" | "no";
  why?: string;
  splits: Partial<Record<Split, DatasetSplit>>;
  /** Number of cross-validation folds; `train` and `test` are those of a fold. */
  folds?: number;
  /** In a fixed order; what is scored first, the negative label last. */
  labels: readonly string[];
  /** How `relation` shows its pair. */
  marking?: "anonymised" | "marked";
  citation: string;
  homepage: string;
  /** Id of the protocol that scores are made by. */
  protocol: string;
  published: readonly PublishedScore[];
  /** Where the split is not the published one: what differs. */
  differs?: string;
  read(context: ReadContext): Promise<ReadResult<Task>>;
}

/** A `Dataset` of some task, told apart by `task`. */
export type AnyDataset = { [Task in ExampleTask]: Dataset<Task> }[ExampleTask];
