// A small catalogue written for the tests, in which every kind of entity occurs.

import type { EntityOf, Result } from "../../src/catalogue/index.ts";
import type { ResultRecordV1 as ResultRecord } from "../../src/evaluation/index.ts";

export function sampleRecord(changes: Partial<ResultRecord> = {}): ResultRecord {
  return {
    formatVersion: 1,
    biobertVersion: "0.1.0",
    protocol: "ner-exact-entity",
    unit: "percent",
    metrics: { precision: 81.1, recall: 85.83, f1: 83.4 },
    metricsByType: {},
    dataset: { id: "tiny-disease", split: "test", sha256: "a".repeat(64), counts: { entities: 12 } },
    model: { name: "tiny", variant: "model.safetensors", sha256: "b".repeat(64), precision: "fp32", parameters: 1000 },
    seeds: [1],
    command: "biobert evaluate ner --model tiny --data test.tsv",
    machine: { cpu: "A processor", cores: 2, os: "Linux", node: "v20", onnxruntime: "1.30.0" },
    createdAt: "2026-01-02T03:04:05.000Z",
    durationSeconds: 1.5,
    ...changes,
  };
}

type Sample = { [K in keyof EntityOf]?: EntityOf[K][] };

const base = { extraData: false, origin: "paper", codeLinks: [], runs: [], table: "ner-on-tiny-disease" } as const;

export function sampleResult(id: string, f1: number, changes: Partial<Result> = {}): Result {
  return {
    ...base,
    id,
    modelName: id,
    values: { f1: { published: String(f1), value: f1 } },
    source: {},
    ...changes,
  } as Result;
}

/** The sample; a new copy each time. */
export function sample(): Sample {
  return {
    area: [{ id: "medical", name: "Medical" }],
    task: [
      {
        id: "ner",
        name: "Named Entity Recognition",
        description: "Finding names.",
        areas: ["medical"],
        parents: [],
        aliases: ["NER"],
      },
      { id: "disease-ner", name: "Disease Recognition", description: "", areas: [], parents: ["ner"], aliases: [] },
    ],
    method: [{ id: "bert", name: "BERT", fullName: "", description: "A transformer.", collections: [] }],
    paper: [
      {
        id: "paper-a",
        title: "Finding diseases in invented abstracts",
        authors: ["Ada Example", "Bo Sample"],
        abstract: "We describe a recogniser of fictitious maladies.",
        date: "2019-01-25",
        arxivId: "1901.00001",
        urlAbstract: "https://example.org/abs/1901.00001",
        tasks: ["ner"],
        methods: ["bert"],
      },
      {
        id: "paper-b",
        title: "More maladies",
        authors: ["Bo Sample"],
        abstract: "",
        date: "2020-05-01",
        tasks: ["ner"],
        methods: [],
      },
    ],
    dataset: [
      {
        id: "tiny-disease",
        name: "Tiny Disease",
        description: "Twelve sentences.",
        aliases: [],
        tasks: ["ner"],
        modalities: [],
        languages: [],
        variants: [],
        links: [],
        paper: "paper-a",
      },
    ],
    model: [
      {
        id: "tiny",
        name: "Tiny",
        description: "",
        methods: [],
        aliases: ["tiny-model"],
        variants: [
          { id: "tiny-v1.0", name: "Tiny v1.0", aliases: [], links: [], parametersMillions: 10 },
          { id: "tiny-v1.1", name: "Tiny v1.1", aliases: ["lab/tiny-v1.1"], links: [], parametersMillions: 110 },
        ],
      },
    ],
    codeLink: [
      {
        id: "code-a",
        paper: "paper-a",
        url: "https://github.com/example/tiny",
        official: true,
        mentionedInPaper: true,
        mentionedInGithub: false,
      },
    ],
    table: [
      {
        id: "ner-on-tiny-disease",
        task: "ner",
        dataset: "tiny-disease",
        description: "",
        metrics: [
          {
            id: "f1",
            name: "F1",
            definition: "Entity F1, exact.",
            unit: "percent",
            isLoss: false,
            split: "test",
            protocol: "ner-exact-entity",
          },
          { id: "latency", name: "Latency", definition: "", unit: "number", unitName: "ms", isLoss: true },
        ],
        links: [],
      },
    ],
    run: [],
    result: [
      sampleResult("first", 80, {
        date: "2018-01-01",
        paper: "paper-a",
        model: "tiny",
        variant: "tiny-v1.0",
        values: { f1: { published: "80.0", value: 80 }, latency: { published: "12", value: 12 } },
      }),
      sampleResult("second", 85, { date: "2019-01-01", extraData: true, model: "tiny", variant: "tiny-v1.1" }),
      sampleResult("third", 82, { date: "2020-01-01", paper: "paper-b" }),
      sampleResult("text-only", 0, { values: { f1: { published: "n/a" } } }),
    ],
    flag: [{ id: "flag-a", kind: "uncertain", results: ["first"], note: "Recalled, not looked up." }],
  };
}
