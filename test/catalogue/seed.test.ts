// The files in catalogue/: complete, in the form the program writes, true to the published page, and the way between files and
// database without loss.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CatalogueStore,
  exportFiles,
  exportFolder,
  fileSchemaOf,
  KINDS,
  openStore,
} from "../../src/catalogue/index.ts";
import { DATASETS } from "../../src/data/index.ts";
import { ADMIN, fill } from "./backends.ts";
import { sampleRecord } from "./sample.ts";
import { runOf } from "../../src/catalogue/index.ts";

const seed = join(import.meta.dirname, "../../catalogue");
const folder = mkdtempSync(join(tmpdir(), "biobert-seed-"));
let store: CatalogueStore;
beforeAll(async () => {
  store = await openStore({ location: "memory:" });
  await store.seed(seed);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const jsonFiles = (root: string) =>
  (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => name.endsWith(".json") && !name.includes("schema"))
    .sort();

describe("the seed", () => {
  it("comes back to the byte", async () => {
    await exportFolder(store, join(folder, "out"));
    expect(jsonFiles(join(folder, "out"))).toEqual(jsonFiles(seed));
    for (const name of jsonFiles(seed))
      expect(readFileSync(join(folder, "out", name), "utf8")).toBe(readFileSync(join(seed, name), "utf8"));
  });

  it("has a JSON schema for each kind of file, as the program's own schema gives it", () => {
    for (const kind of KINDS)
      expect(JSON.parse(readFileSync(join(seed, "schema", `${kind}.schema.json`), "utf8"))).toEqual(fileSchemaOf(kind));
  });

  it("is the published page, row for row", async () => {
    const page = (await store.paperPage("biobert-a-pre-trained-biomedical-language"))!;
    const rows = page.results
      .filter(({ result }) => result.source.row !== undefined)
      .sort((a, b) => Number(a.result.source.row) - Number(b.result.source.row))
      .map(({ taskName, datasetName, result, table }) => {
        const [[metric, value]] = Object.entries(result.values) as [[string, { published: string }]];
        return [
          taskName,
          datasetName,
          table.metrics.find(({ id }) => id === metric)!.name,
          value.published,
          result.modelName,
        ].join(" | ");
      });
    expect(rows).toEqual([
      "Relation Extraction | ChemProt | F1 | 76.46 | BioBERT",
      "Few-Shot Learning | MedConceptsQA | Accuracy | 25.458 | dmis-lab/biobert-v1.1",
      "Zero-Shot Learning | MedConceptsQA | Accuracy | 26.151 | dmis-lab/biobert-v1.1",
      "Question Answering | MedQA | Accuracy | 36.7 | BioBERT (large)",
      "Question Answering | MedQA | Accuracy | 34.1 | BioBERT (base)",
      "Information Extraction | DDI extraction 2013 corpus | F1 | 0.8088 | BioBERT",
      "Information Extraction | DDI extraction 2013 corpus | Micro F1 | 80.88 | BioBERT",
      "Named Entity Recognition (NER) | NCBI-disease | F1 | 89.71 | BioBERT",
      "Named Entity Recognition (NER) | Species-800 | F1 | 75.31 | BioBERT",
      "Named Entity Recognition (NER) | JNLPBA | F1 | 77.59 | BioBERT",
      "Representation Learning | SciDocs | Avg. | 58.8 | BioBERT",
      "Meta-Learning | MedConceptsQA | Accuracy | 25.458 | dmis-lab/biobert-v1.1",
    ]);
    const flagsOf = (id: string) =>
      page.results.find(({ result }) => result.id.startsWith(id))!.flags.map(({ kind }) => kind);
    expect(flagsOf("page-06")).toContain("mixed-scale");
    expect(flagsOf("page-07")).toContain("mixed-scale");
    expect(flagsOf("page-12")).toContain("two-tasks");
    expect(flagsOf("page-10")).toContain("mixed-versions");
    expect(page.results.find(({ result }) => result.id.startsWith("page-06"))!.result.values["f1"]!.value).toBe(80.88);
    expect(page.tasks).toHaveLength(12);
  });

  it("names only what it holds", async () => {
    for await (const result of store.stream("result")) {
      const table = (await store.get("table", result.table))!;
      expect(Object.keys(result.values).filter((id) => !table.metrics.some((metric) => metric.id === id))).toEqual([]);
      if (result.variant === undefined) continue;
      const model = (await store.get("model", result.model!))!;
      expect(model.variants.map(({ id }) => id)).toContain(result.variant);
    }
    for await (const task of store.stream("task")) {
      for (const parent of task.parents) expect(await store.get("task", parent)).toBeDefined();
      for (const area of task.areas) expect(await store.get("area", area)).toBeDefined();
    }
    for await (const run of store.stream("run"))
      expect(runOf(run.record)).toMatchObject({ id: run.id, sha256: run.sha256 });
  });

  it("ranks few results by counting, all of a table at once, and on a leaderboard alike", async () => {
    const ids = (await store.list("result", { order: "id", limit: 1000 })).items.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(20);
    const counted = new Map<string, unknown>();
    for (let at = 0; at < ids.length; at += 100) {
      const { items } = await store.resultViews({ ids: ids.slice(at, at + 100) });
      for (const { result, rank, bestRank, bestMetric } of items)
        counted.set(result.id, { rank, bestRank, bestMetric });
    }
    // More than are counted one by one: each id several times over.
    const many = await store.resultViews({
      ids: Array.from({ length: Math.ceil(201 / ids.length) + 1 }, () => ids).flat(),
    });
    for (const { result, rank, bestRank, bestMetric } of many.items)
      expect({ rank, bestRank, bestMetric }).toEqual(counted.get(result.id));
    for (const table of new Set(many.items.map(({ table: { id } }) => id))) {
      for (const row of (await store.leaderboard(table))!.rows)
        expect({ id: row.result.id, rank: row.rank }).toMatchObject({
          id: row.result.id,
          rank: (counted.get(row.result.id) as { rank?: number }).rank,
        });
    }
  });

  it("ranks no row that another protocol counted", async () => {
    const board = (await store.leaderboard("relation-extraction-on-chemprot"))!;
    const of = (id: string) => board.rows.find(({ result }) => result.id === id)!;
    // They stand where their value puts them, and take part in nothing.
    expect(board.rows.slice(0, 2).map(({ result }) => result.id)).toEqual([
      "peer-chemprot-scifive-large",
      "archive-chemprot-scibert-finetune",
    ]);
    for (const id of ["peer-chemprot-scifive-large", "archive-chemprot-scibert-finetune"])
      expect(of(id)).toMatchObject({ rank: undefined, wasStateOfTheArt: false });
    expect(of("archive-chemprot-biom-bert").rank).toBe(1);
    const { items } = await store.tableSummaries({ task: "relation-extraction" });
    expect(items.find(({ table }) => table.id === board.table.id)!.best!.result).toBe("archive-chemprot-biom-bert");
    const [view] = (await store.resultViews({ ids: ["archive-chemprot-scibert-finetune"] })).items;
    expect(view!.rank).toBeUndefined();
  });

  it("shows the measured beside the published", async () => {
    const [comparison] = await store.publishedAgainstMeasured();
    expect(comparison!.published.result.values["f1"]!.value).toBe(89.71);
    expect(comparison!.measured[0]!.differences["f1"]).toBeCloseTo(83.91 - 89.71, 9);
    expect(comparison!.measured[0]!.runsInFull[0]!.record.metrics["f1"]).toBeCloseTo(83.91, 2);
    expect(comparison!.measured[0]!.result.protocolDifferences).not.toEqual([]);
  });

  it("is brought in once, and again when it changes, but for what somebody has changed since", async () => {
    expect(await store.seed(seed)).toBe(false);
    const copy = join(folder, "changed");
    cpSync(seed, copy, { recursive: true });
    const areas = readFileSync(join(copy, "areas.json"), "utf8");
    const area = (await store.get("area", "medical"))!;
    await store.change({ actor: ADMIN, action: "update" }, (writer) =>
      writer.put("area", [{ ...area, name: "Medicine" }]),
    );
    writeFileSync(
      join(copy, "areas.json"),
      areas.replace('"Medical"', '"MEDICAL"').replace('"Methodology"', '"Methods"'),
    );
    expect(await store.seed(copy)).toBe(true);
    expect((await store.get("area", "medical"))!.name).toBe("Medicine");
    expect((await store.get("area", "methodology"))!.name).toBe("Methods");
    expect(await store.seed(copy)).toBe(false);
  });
});

describe("a newer seed", () => {
  it("takes away what it no longer has, but for what somebody has changed or stands on", async () => {
    const own = await openStore({ location: "memory:" });
    try {
      const copy = join(folder, "newer");
      cpSync(seed, copy, { recursive: true });
      await own.seed(copy);
      const change = (name: string, edit: (items: { id: string }[]) => { id: string }[]): void => {
        const file = join(copy, name);
        const content = JSON.parse(readFileSync(file, "utf8"));
        writeFileSync(file, JSON.stringify({ ...content, items: edit(content.items) }));
      };
      const without =
        (...ids: string[]) =>
        (items: { id: string }[]) =>
          items.filter(({ id }) => !ids.includes(id));
      // Somebody has changed one of the three results that go, and submitted one on a model that goes.
      const kept = (await own.get("result", "peer-bc2gm-bern2"))!;
      await own.change({ actor: ADMIN, action: "update" }, (writer) =>
        writer.put("result", [{ ...kept, source: { note: "read in the paper" } }]),
      );
      await own.change({ actor: ADMIN, action: "create" }, (writer) =>
        writer.put("result", [{ ...kept, id: "own-result", model: "roberta", origin: "submitted" }]),
      );
      change("results/paper.json", without("peer-bc2gm-bern2", "peer-bc4chemd-bern2"));
      change("results/imported.json", (items) =>
        items.filter((item) => (item as unknown as { model: string }).model !== "roberta"),
      );
      change("flags.json", (items) =>
        items.map((item) => {
          const flag = item as unknown as { id: string; results: string[] };
          const gone = (id: string) => /^peer-bc(2gm|4chemd)-bern2$|^pytorch-.*-roberta$/.test(id);
          return { ...flag, results: flag.results.filter((id) => !gone(id)) };
        }),
      );
      change("models.json", without("roberta", "biom-bert"));
      change("results/archive.json", without("archive-chemprot-biom-bert"));
      change("flags.json", (items) =>
        items.map((item) => {
          const flag = item as unknown as { id: string; results: string[] };
          return { ...flag, results: flag.results.filter((id) => id !== "archive-chemprot-biom-bert") };
        }),
      );
      expect(await own.seed(copy)).toBe(true);
      expect(await own.get("result", "peer-bc2gm-bern2")).toMatchObject({ source: { note: "read in the paper" } });
      expect(await own.get("result", "peer-bc4chemd-bern2")).toBeUndefined();
      expect(await own.get("result", "pytorch-jnlpba-roberta")).toBeUndefined();
      expect(await own.get("model", "biom-bert")).toBeUndefined();
      expect(await own.get("model", "roberta")).toBeDefined();
      expect(await own.get("result", "own-result")).toBeDefined();
      // All of it is one change, and can be undone as one.
      const [last] = (await own.history({ limit: 1 })).items;
      await own.undo(last!.id, ADMIN);
      expect(await own.get("model", "biom-bert")).toBeDefined();
      expect(await own.get("result", "pytorch-jnlpba-roberta")).toBeDefined();
    } finally {
      await own.close();
    }
  });
});

describe("records of this project", () => {
  it("stand each under a task, a data set and a table that there are", async () => {
    const own = await openStore({ location: "memory:" });
    try {
      const measured = join(import.meta.dirname, "../../results");
      const names = readdirSync(measured).filter((name) => name.endsWith(".json"));
      expect(await own.seed(seed, measured)).toBe(true);
      for (const name of names) {
        const result = (await own.get("result", `measured-${name.slice(0, -".json".length)}`))!;
        expect(result).toMatchObject({ origin: "measured", model: "all-minilm-l6-v2" });
        const table = (await own.get("table", result.table))!;
        expect(await own.get("task", table.task)).toMatchObject({ id: table.task });
        expect(await own.get("dataset", table.dataset)).toMatchObject({ id: table.dataset });
      }
    } finally {
      await own.close();
    }
  });

  it("have a place whatever their task is, and an unknown one is said", async () => {
    const own = await openStore({ location: "memory:" });
    const one = join(folder, "one-a-task");
    mkdirSync(one, { recursive: true });
    const write = (task: string): void =>
      writeFileSync(
        join(one, "new.json"),
        JSON.stringify({
          ...sampleRecord(),
          formatVersion: 2,
          unit: undefined,
          task,
          protocol: `${task}-of-tomorrow`,
          dataset: { id: `new-${task}`, split: "test", sha256: "a".repeat(64), counts: {} },
          metrics: { f1: 60 },
          units: { f1: "percent" },
        }),
      );
    try {
      for (const task of new Set(DATASETS.map((dataset) => dataset.task))) {
        write(task);
        await own.seed(seed, one);
        const { table } = (await own.get("result", "measured-new"))!;
        const under = (await own.get("table", table))!.task;
        expect(await own.get("task", under)).toMatchObject({ id: under });
      }
      write("astrology");
      await expect(own.seed(seed, one)).rejects.toMatchObject({
        code: "input-format",
        message: 'the catalogue has no place for the task "astrology"',
      });
    } finally {
      await own.close();
    }
  });

  const records = join(folder, "records");
  const record = (name: string, changes: Record<string, unknown>) =>
    writeFileSync(
      join(records, `${name}.json`),
      JSON.stringify({
        ...sampleRecord(),
        model: {
          name: "all-MiniLM-L6-v2",
          variant: "model.safetensors",
          sha256: "c".repeat(64),
          precision: "fp32",
          parameters: 22566531,
        },
        ...changes,
      }),
    );

  it("become measured results, each beside the published row of its table", async () => {
    mkdirSync(records, { recursive: true });
    record("ncbi-disease", { dataset: { id: "ncbi-disease", split: "test", sha256: "a".repeat(64), counts: {} } });
    record("s800", { dataset: { id: "s800", split: "test", sha256: "a".repeat(64), counts: {} } });
    const unit = { formatVersion: 2, unit: undefined };
    const curves = {
      loss: [
        [1, 2.5],
        [2, 1.25],
      ],
    };
    record("bioasq-factoid-6b", {
      ...unit,
      task: "qa",
      protocol: "bioasq-phase-b",
      dataset: { id: "bioasq-factoid-6b", split: "test", sha256: "a".repeat(64), counts: {} },
      runs: [{ seed: 1, metrics: { meanReciprocalRank: 35.123 }, curves }],
      metrics: { strictAccuracy: 30, lenientAccuracy: 42.5, meanReciprocalRank: 35.123 },
      units: { strictAccuracy: "percent", lenientAccuracy: "percent", meanReciprocalRank: "percent" },
    });
    record("biosses", {
      ...unit,
      task: "classification",
      protocol: "regression",
      dataset: { id: "biosses", split: "test", sha256: "a".repeat(64), counts: {} },
      metrics: { pearson: 0.8123, spearman: 0.8 },
      units: { pearson: "correlation", spearman: "correlation" },
    });
    record("unheard-of", {
      ...unit,
      task: "relation",
      protocol: "relation-scored-classes",
      dataset: { id: "unheard-of", split: "test", sha256: "a".repeat(64), counts: {} },
      metrics: { accuracy: 70, f1: 60 },
      units: { accuracy: "percent", f1: "percent" },
    });
    const own = await openStore({ location: "memory:" });
    try {
      expect(await own.seed(seed, records)).toBe(true);
      expect(await own.seed(seed, records)).toBe(false);
      const byTable = new Map(
        (await own.publishedAgainstMeasured()).map((each) => [each.published.table.dataset, each] as const),
      );
      expect(byTable.get("ncbi-disease")!.measured).toHaveLength(2);
      expect(byTable.get("species-800")!.published.result.id).toBe("paper-species-800-biobert-v1.1");
      expect(byTable.get("bioasq-6b-factoid")!.measured[0]).toMatchObject({
        result: { id: "measured-bioasq-factoid-6b", model: "all-minilm-l6-v2", origin: "measured" },
        differences: { meanReciprocalRank: -13.31 },
      });
      expect(byTable.get("bioasq-6b-factoid")!.reproduce).toBe("bioasq-factoid-6b");
      expect(byTable.get("bioasq-6b-factoid")!.measured[0]!.result.protocolDifferences).toContain("One seed.");
      expect(byTable.get("biosses")!.measured[0]!.result.values["pearson"]).toEqual({
        published: "81.23",
        value: 81.23,
      });
      const { runs } = byTable.get("bioasq-6b-factoid")!.measured[0]!.result;
      expect((await own.get("run", runs[0]!))!.record).toMatchObject({ runs: [{ seed: 1, curves }] });
      const made = (await own.get("result", "measured-unheard-of"))!;
      expect(await own.get("table", made.table)).toMatchObject({
        dataset: "unheard-of",
        metrics: [{ id: "f1", protocol: "relation-scored-classes" }, { id: "accuracy" }],
      });
      // A record that is gone takes its result, its run and its table along.
      rmSync(join(records, "unheard-of.json"));
      await own.seed(seed, records);
      expect(await own.get("result", "measured-unheard-of")).toBeUndefined();
      expect(await own.get("table", made.table)).toBeUndefined();
      expect(await own.get("dataset", "unheard-of")).toBeUndefined();
      expect(await own.get("run", made.runs[0]!)).toBeUndefined();
      writeFileSync(join(records, "broken.json"), '{"formatVersion": 2}');
      await expect(own.seed(seed, records)).rejects.toMatchObject({
        code: "input-format",
        place: { file: join(records, "broken.json") },
      });
      expect(await own.get("result", "measured-biosses")).toBeDefined();
    } finally {
      await own.close();
    }
  });

  it("have a table in the seed for every recipe that the tables name", async () => {
    const recipes = [];
    for await (const table of store.stream("table"))
      if (table.reproduce !== undefined) recipes.push([table, table.reproduce] as const);
    expect(recipes.length).toBeGreaterThan(20);
    for (const [table] of recipes)
      expect([
        table.id,
        table.metrics.some(({ protocol }) => protocol !== undefined) || table.dataset === "scidocs",
      ]).toEqual([table.id, true]);
  });
});

describe("a folder of every kind", () => {
  it("goes into an empty database and out of it again without loss", async () => {
    const [first, second] = [await openStore({ location: "memory:" }), store];
    await fill(first);
    await first.change({ actor: ADMIN, action: "import" }, (writer) => writer.put("run", [runOf(sampleRecord())]));
    await first.submit(
      {
        result: {
          table: "ner-on-tiny-disease",
          modelName: "new",
          values: { f1: { published: "60.1" } },
          paper: "paper-b",
        },
      },
      ADMIN,
    );
    await exportFolder(first, join(folder, "sample"));
    await second.importFolder(join(folder, "sample"), ADMIN);
    for (const kind of KINDS) {
      for await (const entity of first.stream(kind)) expect(await second.get(kind, entity.id)).toEqual(entity);
    }
    await expect(exportFolder(first, join(folder, "sample"))).rejects.toMatchObject({ code: "file-exists" });
    await exportFiles(first, join(folder, "dump"), "papers-with-code");
    const third = await openStore({ location: "memory:" });
    const files = readdirSync(join(folder, "dump")).map((name) => join(folder, "dump", name));
    const report = await third.importFiles(files, ADMIN);
    expect(report.counts["skipped-malformed"]).toBeUndefined();
    const board = (await third.leaderboard("named-entity-recognition-on-tiny-disease"))!;
    expect(board.rows.map(({ result, shown }) => [result.modelName, shown?.published])).toEqual([
      ["second", "85"],
      ["third", "82"],
      ["first", "80.0"],
      ["text-only", "n/a"],
    ]);
    await exportFiles(third, join(folder, "dump2"), "papers-with-code");
    const tables = (name: string) =>
      JSON.parse(readFileSync(join(folder, name, "evaluation-tables.json"), "utf8")) as unknown;
    expect(tables("dump2")).toEqual(tables("dump"));
    await first.close();
    await third.close();
  });

  it("is refused as a whole with file and line when one entry is wrong", async () => {
    const before = await store.counts();
    const broken = join(folder, "broken");
    cpSync(join(folder, "sample"), broken, { recursive: true });
    const file = join(broken, "tasks.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"parents":["ner"]', '"parents":"ner"'));
    await expect(store.importFolder(broken, ADMIN)).rejects.toMatchObject({
      code: "catalogue-invalid",
      place: { file, line: 8 },
    });
    writeFileSync(file, readFileSync(file, "utf8").slice(0, -10));
    await expect(store.importFolder(broken, ADMIN)).rejects.toMatchObject({ place: { file } });
    expect(await store.counts()).toEqual(before);
  });
});
