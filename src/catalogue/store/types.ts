// What a page, an API or a command may ask of the catalogue, and how it may change it. Both databases answer alike.

import type {
  Change,
  ChangedEntity,
  Dataset,
  EntityOf,
  EvaluationTable,
  Flag,
  Kind,
  Metric,
  Model,
  Paper,
  Problem,
  Result,
  Role,
  Run,
  Submission,
  SubmissionContent,
  Task,
  Token,
  Value,
  Variant,
  Verification,
} from "../schema/index.ts";

import type { ResultRecord } from "../../evaluation/index.ts";
import type { ImportReport } from "../dumps/report.ts";
import type { RecordPlaces } from "../records.ts";
import type { LinkAnswer } from "./link-check.ts";

/** What files of others' dumps are read with. */
export interface ImportFilesOptions {
  signal?: AbortSignal;
  onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  file: string;
  entries: number;
  bytes: number;
}

/** What a folder of the catalogue is read or written with. */
export interface FolderOptions {
  signal?: AbortSignal;
  onProgress?: (progress: { kind: Kind; done: number }) => void;
}

/** A piece of a list: at most `limit` (1 to 1,000, 50 unless told) after the first `offset`. */
export interface PageRequest {
  limit?: number;
  offset?: number;
}

export interface Listed<T> {
  /** How many there are in all; where `isCapped`, at least so many. */
  count: number;
  isCapped?: boolean;
  items: T[];
}

/** Filters of each kind's list. Values are compared as given; `q` is a full-text search, `nameContains` a plain part of the name. */
export interface ListFilters {
  area: { q?: string; nameContains?: string };
  task: {
    q?: string;
    nameContains?: string;
    area?: string;
    parent?: string;
    root?: boolean;
    withTables?: boolean;
    ids?: string[];
  };
  method: { q?: string; nameContains?: string; collection?: string; area?: string; ids?: string[] };
  paper: {
    q?: string;
    titleContains?: string;
    abstractContains?: string;
    arxivId?: string;
    doi?: string;
    author?: string;
    task?: string;
    method?: string;
    conference?: string;
    proceeding?: string;
    from?: string;
    to?: string;
    withResults?: boolean;
  };
  dataset: {
    q?: string;
    nameContains?: string;
    task?: string;
    modality?: string;
    language?: string;
    parent?: string;
    paper?: string;
  };
  model: { q?: string; nameContains?: string; paper?: string };
  codeLink: { q?: string; paper?: string; official?: boolean; framework?: string; url?: string };
  table: { task?: string; dataset?: string; withResults?: boolean };
  run: { result?: string };
  result: {
    table?: string;
    paper?: string;
    model?: string;
    variant?: string;
    origin?: string;
    dataset?: string;
    measures?: string;
    submittedBy?: string;
  };
  flag: { result?: string; kind?: string };
  verification: { result?: string };
  submission: { state?: string; submittedBy?: string };
}

/** A list's order; "-" turns it round. Without one: by name, papers and results newest first, submissions oldest first. */
export type Order = "name" | "-name" | "date" | "-date" | "id" | "-id" | "results" | "-results";

export type ListQuery<K extends Kind> = ListFilters[K] & PageRequest & { order?: Order };

export interface SearchHit {
  kind: "task" | "dataset" | "paper" | "method" | "model";
  id: string;
  title: string;
  /** Plain text around the words found, which stand between U+E000 and U+E001: escape it, then mark them up. */
  excerpt: string;
  date?: string;
}

/** A result with what a page shows beside it. */
export interface ResultView {
  result: Result;
  table: Pick<EvaluationTable, "id" | "task" | "dataset" | "name" | "metrics">;
  taskName: string;
  datasetName: string;
  /** Canonical model and variant, where told. */
  model?: Pick<Model, "id" | "name">;
  variant?: Variant;
  paper?: Pick<Paper, "id" | "title" | "date" | "arxivId" | "urlAbstract" | "authors">;
  /** Rank in its table by the table's first metric, 1 the best; results of one value share a rank. What another protocol counted has none. */
  rank?: number;
  /** The metric in which it ranks best of all, and that rank. */
  bestRank?: number;
  bestMetric?: string;
  flags: Flag[];
  isVerified: boolean;
}

export interface LeaderboardQuery {
  /** Metric to rank by (the table's first). */
  metric?: string;
  /** Leave out models trained on extra data. */
  hideExtraData?: boolean;
  onlyVerified?: boolean;
  onlyWithCode?: boolean;
  origins?: string[];
  /** Part of a model's name. */
  model?: string;
}

export interface LeaderboardRow extends ResultView {
  /** The number of the chosen metric, on its scale. */
  value?: number;
  shown?: Value;
  codeCount: number;
  /** On the staircase: the best there was on its day. */
  wasStateOfTheArt: boolean;
  /** No other is both smaller (parameters) and better. Undefined where the size is unknown. */
  isOnParetoFront?: boolean;
}

export interface StaircaseStep {
  date: string;
  value: number;
  result: string;
  modelName: string;
}

export interface Leaderboard {
  table: EvaluationTable;
  task: Task;
  dataset: Dataset;
  metric?: Metric;
  /** Best first in the metric's direction; results without a number last. */
  rows: LeaderboardRow[];
  staircase: StaircaseStep[];
  /** Results in the table before filtering. */
  count: number;
}

/** A published result beside what was measured. */
export interface Comparison {
  published: ResultView;
  measured: (ResultView & {
    runsInFull: Run[];
    /** Measured minus published for each metric both have, on its scale. */
    differences: Record<string, number>;
  })[];
  /** The id for `biobert reproduce`, where there is one. */
  reproduce?: string;
}

/** Models side by side: for each table in which at least two have a result, their best values. */
export interface ModelComparison {
  models: { id: string; name: string; variant?: string }[];
  rows: {
    table: Pick<EvaluationTable, "id" | "task" | "dataset" | "name">;
    metric: Metric;
    values: (ResultView | undefined)[];
  }[];
}

export interface PaperPage {
  paper: Paper;
  tasks: Pick<Task, "id" | "name">[];
  methods: { id: string; name: string }[];
  codeLinks: EntityOf["codeLink"][];
  datasets: Pick<Dataset, "id" | "name">[];
  results: ResultView[];
  related: Pick<Paper, "id" | "title" | "date" | "authors">[];
}

export interface TableSummaryQuery {
  task?: string;
  dataset?: string;
  area?: string;
  /** `notable`: by number of results. */
  order?: "notable" | "newest" | "name";
  /** Names alone are wanted. */
  withoutBest?: boolean;
}

export interface TableSummary {
  table: Pick<EvaluationTable, "id" | "task" | "dataset" | "name">;
  taskName: string;
  datasetName: string;
  resultCount: number;
  metric?: Metric;
  /** The best result by the first metric. */
  best?: { result: string; modelName: string; shown: Value; paper?: string; date?: string };
}

export interface Named {
  id: string;
  name: string;
  count?: number;
}

/** Filters of repositories: `q` and `name` by how words of the address begin, `owner` whole, in any case. */
export interface RepositoryFilters {
  q?: string;
  owner?: string;
  name?: string;
  framework?: string;
}

/** Who changes something, and why. */
export interface Actor {
  name: string;
  role: Role;
}

/** Reads; none of them changes anything. */
export interface CatalogueReads {
  get<K extends Kind>(kind: K, id: string): Promise<EntityOf[K] | undefined>;
  /** In the order of `ids`; those that are not there are left out. */
  getMany<K extends Kind>(kind: K, ids: readonly string[]): Promise<EntityOf[K][]>;
  list<K extends Kind>(kind: K, query?: ListQuery<K>): Promise<Listed<EntityOf[K]>>;
  /** Every entity of a kind by id, a batch at a time. */
  stream<K extends Kind>(kind: K): AsyncGenerator<EntityOf[K]>;
  counts(): Promise<Record<Kind, number>>;
  search(text: string, options?: { kinds?: SearchHit["kind"][] } & PageRequest): Promise<Listed<SearchHit>>;
  authors(query?: { nameContains?: string } & PageRequest): Promise<Listed<Named>>;
  author(id: string): Promise<Named | undefined>;
  conferences(query?: { nameContains?: string } & PageRequest): Promise<Listed<Named>>;
  conference(id: string): Promise<Named | undefined>;
  proceedings(conference: string, query?: PageRequest): Promise<Listed<Named>>;
  /** Each repository once, as one of the links that lead to it. */
  repositories(query?: RepositoryFilters & PageRequest): Promise<Listed<EntityOf["codeLink"]>>;
  /** Data sets, tables and models that a record may mean, and the table of this id. */
  placesOf(record: ResultRecord, table?: string): Promise<RecordPlaces>;
  /** Every link that leads to a repository; owner and name in any case. */
  repositoryLinks(owner: string, name: string): Promise<EntityOf["codeLink"][]>;
  /** The code of each of these papers, the official one first; papers without code are left out. */
  codeOf(papers: readonly string[]): Promise<ReadonlyMap<string, EntityOf["codeLink"]>>;

  /** Tables with their best result. */
  tableSummaries(query?: TableSummaryQuery & PageRequest): Promise<Listed<TableSummary>>;
  leaderboard(table: string, query?: LeaderboardQuery): Promise<Leaderboard | undefined>;
  paperPage(id: string): Promise<PaperPage | undefined>;
  relatedPapers(id: string, limit?: number): Promise<Pick<Paper, "id" | "title" | "date" | "authors">[]>;
  /** Results with what stands beside them. */
  resultViews(
    query: ListFilters["result"] & PageRequest & { order?: Order; ids?: string[] },
  ): Promise<Listed<ResultView>>;
  compareModels(models: readonly { model: string; variant?: string }[]): Promise<ModelComparison>;
  publishedAgainstMeasured(): Promise<Comparison[]>;
  /** Results that became part of the catalogue most recently, newest first, for feeds. */
  newestResults(
    query?: { table?: string; task?: string } & PageRequest,
  ): Promise<{ view: ResultView; addedAt: string }[]>;

  history(query?: { kind?: Kind; id?: string; actor?: string } & PageRequest): Promise<Listed<Change>>;
  /** The number of the newest change; 0 where there is none. */
  latestChange(): Promise<number>;
  changedEntities(change: number, query?: PageRequest): Promise<Listed<ChangedEntity>>;
}

/** Writes inside one transaction. */
export interface CatalogueWriter {
  /** Adds or replaces; each is checked against its schema first. Errors: `catalogue-invalid`, `catalogue-reference`. */
  put<K extends Kind>(kind: K, entities: readonly EntityOf[K][]): Promise<void>;
  /** Deletes; false where it is not there. Errors: `catalogue-reference` while something refers to it. */
  remove(kind: Kind, id: string): Promise<boolean>;
  get<K extends Kind>(kind: K, id: string): Promise<EntityOf[K] | undefined>;
  getMany<K extends Kind>(kind: K, ids: readonly string[]): Promise<EntityOf[K][]>;
  list<K extends Kind>(kind: K, query?: ListQuery<K>): Promise<Listed<EntityOf[K]>>;
}

export interface CatalogueStore extends CatalogueReads {
  readonly backend: "embedded" | "server";
  /** False when the database does not answer: for a health check. */
  isAlive(): Promise<boolean>;
  /** Comes back when running work is done and the database is closed. */
  close(): Promise<void>;

  /** Runs `work` in one transaction under one entry of the history: all of it is stored, or nothing. Nobody else writes meanwhile. */
  change<T>(
    entry: { actor: Actor; action: Change["action"]; reason?: string },
    work: (writer: CatalogueWriter) => Promise<T>,
  ): Promise<{ change: number; value: T }>;
  /** Brings back what a change replaced, as a change of its own. Errors: `catalogue-conflict` where one of its entities changed since. */
  undo(change: number, actor: Actor, reason?: string): Promise<number>;

  /** Imports a catalogue folder in one change. Errors: those of reading and checking it; nothing is stored then. */
  importFolder(folder: string, actor: Actor, options?: FolderOptions): Promise<Partial<Record<Kind, number>>>;
  /** Imports files of others (dumps, task files, benchmarks) in one change. */
  importFiles(paths: readonly string[], actor: Actor, options?: ImportFilesOptions): Promise<ImportReport>;
  /**
   * Brings the entries of a seed folder in, and results measured from the records of another, once for each state of both. Entries
   * that somebody has changed since stay as they are; entries that are no longer there go, where nothing else stands on them.
   * False where there was nothing to do.
   */
  seed(folder: string, records?: string): Promise<boolean>;

  /** Checks a submission without storing it; its links are asked about only where `links` says so. */
  checkSubmission(content: unknown, options?: { links?: boolean }): Promise<Problem[]>;
  /** Stores a submission for review. Errors: `catalogue-invalid` with the problems, where one is an error (nothing is stored then). */
  submit(content: unknown, actor: Actor): Promise<Submission>;
  /** Accepts one (reviewer); `edited` replaces its content. Errors: `catalogue-conflict` when `version` is not the present one or it is decided. */
  accept(
    id: string,
    version: number,
    actor: Actor,
    options?: { edited?: SubmissionContent; reason?: string },
  ): Promise<Result>;
  /** Changes a pending submission's content without deciding (its own submitter, or a reviewer). */
  edit(id: string, version: number, content: unknown, actor: Actor): Promise<Submission>;
  /** Rejects one, with a reason (reviewer). */
  reject(id: string, version: number, reason: string, actor: Actor): Promise<Submission>;
  withdraw(id: string, version: number, actor: Actor): Promise<Submission>;
  /** Gives the verified mark when `reproduced` repeats the result's claimed run. Errors: `catalogue-unverified` says what differs. */
  verify(result: string, reproduced: unknown, actor: Actor, tolerances?: Record<string, number>): Promise<Verification>;

  /** Makes a token (admin); the secret is shown this once and stored as a hash only. */
  createToken(
    name: string,
    role: Role,
    actor: Actor,
    options?: { expiresAt?: string },
  ): Promise<{ token: Token; secret: string }>;
  /** Who a secret belongs to; undefined for one that is forged, expired or revoked. */
  authenticate(secret: string): Promise<{ actor: Actor; token: Token } | undefined>;
  revokeToken(id: string, actor: Actor): Promise<Token>;
  tokens(actor: Actor): Promise<Token[]>;
  /** Counts one use of `key` (a token's id, an address) and says whether it is within `limit` a window; kept in the database, so that several servers share it. */
  takeFromLimit(
    key: string,
    limit: number,
    windowSeconds: number,
  ): Promise<{ isAllowed: boolean; remaining: number; resetSeconds: number }>;
}

export interface OpenStoreOptions {
  /** A folder for the embedded database, `memory:`, or `postgres://user@host/database`. */
  location: string;
  /** How long to wait for another process that has the folder open, in seconds (default 15). */
  waitSeconds?: number;
  /** Asks the network whether a link in a submission answers (`linkChecker`); without it links are checked for their form only. */
  checkLink?: (url: string) => Promise<LinkAnswer>;
  /** What `now` is; for tests. */
  now?: () => Date;
}
