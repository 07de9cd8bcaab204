// Others' files with every trap that was seen in them; what is skipped or changed is in the report.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type CatalogueStore, exportFiles } from "../../src/catalogue/index.ts";
import { ADMIN, onBothDatabases } from "./backends.ts";

const folder = mkdtempSync(join(tmpdir(), "biobert-dumps-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
  return path;
}

const row = (model_name: string, f1: unknown, more: object = {}) => ({
  model_name,
  paper_title: `Paper of ${model_name}`,
  paper_url: `https://example.org/paper/${model_name.toLowerCase().replaceAll(" ", "-")}`,
  paper_date: "2020-01-01",
  code_links: [],
  model_links: [],
  metrics: { F1: f1 },
  uses_additional_data: false,
  ...more,
});

const evaluationTables = [
  {
    task: "Relation Extraction",
    description: "Finding <b>relations</b>.",
    categories: ["Natural Language Processing"],
    synonyms: ["RE"],
    source_link: null,
    datasets: [
      {
        dataset: "Chem",
        description: "",
        dataset_links: [
          { title: "home", url: "https://example.org/chem" },
          { title: "cut", url: "https://example.org/S2665-9638(22" },
        ],
        dataset_citations: [],
        subdatasets: [],
        sota: {
          metrics: ["F1", "Error rate"],
          rows: [
            row("Percent", "76.46"),
            row("Fraction", "0.8088"),
            row("Sign", "81.3%"),
            row("Deviation", "52±0.023"),
            row("Number", 77.5, { paper_date: null }),
            row("No Paper", "70", { paper_title: "", paper_url: "" }),
            row("Empty Date", "71", { paper_date: "" }),
            row("Bad Date", "72", { paper_date: "2020-13-45" }),
            row("Cut Link", "73", { paper_url: "https://example.org/S2665-9638(22" }),
            row("Cut Link", "73", { paper_url: "https://example.org/S2665-9638(22" }),
            row("Alpha", "60", { paper_title: "Twice", paper_url: "https://example.org/paper/twice" }),
            row("Beta", "60", { paper_title: "Twice", paper_url: "https://example.org/paper/twice" }),
            row("No number", "n/a"),
            row("Filled", "74", { metrics: { F1: "74", "Error rate": "3.5" } }),
            row("No metrics", "1", { metrics: null }),
            row("'; drop table result; --", "61"),
            row("", "62"),
            "not a row",
            null,
          ],
        },
      },
    ],
    subtasks: [
      {
        task: "Chemical Relations",
        description: "",
        categories: [],
        datasets: [],
        subtasks: [],
        synonyms: [],
        source_link: null,
      },
    ],
  },
  "not a task",
  { description: "no name" },
];

onBothDatabases((backend) => {
  let store: CatalogueStore;
  beforeAll(async () => {
    if (!backend.isMissing) store = await backend.open({ isEmpty: true });
  });
  it("imports evaluation tables with every trap, and says what it skipped and why", async () => {
    const report = await store.importFiles([file("evaluation-tables.json.gz", evaluationTables)], ADMIN);
    const board = (await store.leaderboard("relation-extraction-on-chem"))!;
    expect(board.rows.map(({ result, value, shown }) => [result.modelName, value, shown?.published])).toEqual([
      ["Sign", 81.3, "81.3%"],
      ["Fraction", 80.88, "0.8088"],
      ["Number", 77.5, "77.5"],
      ["Percent", 76.46, "76.46"],
      ["Filled", 74, "74"],
      ["Cut Link", 73, "73"],
      ["Bad Date", 72, "72"],
      ["Empty Date", 71, "71"],
      ["No Paper", 70, "70"],
      ["'; drop table result; --", 61, "61"],
      ["Alpha", 60, "60"],
      ["Beta", 60, "60"],
      ["Deviation", 52, "52±0.023"],
      ["No metrics", undefined, undefined],
      ["No number", undefined, "n/a"],
    ]);
    expect(board.rows.find(({ result }) => result.modelName === "Deviation")!.shown!.deviation).toBe(0.023);
    expect(board.metric).toMatchObject({ id: "f1", unit: "percent", isLoss: false });
    expect(board.table.metrics[1]).toMatchObject({ id: "error-rate", isLoss: true });
    expect(board.rows.find(({ result }) => result.modelName === "Fraction")!.flags.map(({ kind }) => kind)).toEqual([
      "mixed-scale",
    ]);
    expect(board.rows.find(({ result }) => result.modelName === "Beta")!.flags.map(({ kind }) => kind)).toEqual([
      "duplicate",
    ]);
    expect(report.counts).toEqual({
      "skipped-malformed": 3,
      "skipped-no-name": 2,
      "skipped-duplicate": 1,
      "link-dropped": 3,
      "date-dropped": 1,
      "value-not-a-number": 1,
      "scale-changed": 1,
      "paper-missing": 1,
      "metric-empty": 1,
      "order-not-descending": 1,
    });
    expect(report.notes.every(({ line, message }) => line > 0 && message !== "")).toBe(true);
    expect((await store.get("task", "chemical-relations"))!.parents).toEqual(["relation-extraction"]);
  });

  it("imports them once more without doubling anything", async () => {
    const before = await store.counts();
    await store.importFiles([file("again.json", evaluationTables)], ADMIN);
    expect(await store.counts()).toEqual(before);
  });

  it("imports papers, links, methods and datasets, whatever their order on the command line", async () => {
    const papers = [
      {
        paper_url: "https://example.org/paper/percent",
        arxiv_id: "2001.00001",
        title: "Paper of Percent",
        abstract: "Words \ud800 and more",
        authors: ["Ada Example", "Ada Example"],
        tasks: ["Relation Extraction", "A New Task"],
        date: "2020-01-01",
        url_abs: "not a link",
        methods: [
          {
            name: "BERT",
            full_name: "",
            description: "",
            main_collection: { name: "Language Models", description: "", parent: null, area: "NLP" },
          },
        ],
      },
      { paper_url: "https://example.org/paper/percent", title: "Again" },
      { title: "" },
      42,
    ];
    const links = [
      {
        paper_url: "https://example.org/paper/percent",
        paper_title: "Paper of Percent",
        repo_url: "https://github.com/a/b",
        is_official: true,
        framework: "pytorch",
      },
      {
        paper_url: "https://example.org/paper/unknown",
        paper_title: "Unknown",
        repo_url: "https://github.com/c/d",
        is_official: false,
        framework: "none",
      },
      { paper_title: "No code", repo_url: "" },
    ];
    const methods = [
      {
        url: "https://example.org/method/bert",
        name: "BERT",
        full_name: "Bidirectional Encoder",
        description: "",
        introduced_year: 2018,
        collections: [{ collection: "Language Models", area_id: "nlp", area: "NLP" }],
        num_papers: 7,
      },
    ];
    const datasets = [
      {
        url: "https://example.org/dataset/chem",
        name: "Chem",
        full_name: "",
        homepage: "",
        description: "All of it",
        introduced_date: null,
        modalities: [{ name: "Texts", url: "" }],
        tasks: [{ name: "Relation Extraction", url: "" }],
        languages: [],
        variants: ["Chem"],
        data_loaders: [],
        num_papers: 3,
      },
    ];
    const report = await store.importFiles(
      [
        file("links.json", links),
        file("datasets.json", datasets),
        file("papers.json", papers),
        file("methods.json", methods),
      ],
      ADMIN,
    );
    expect(await store.get("paper", "percent")).toMatchObject({
      arxivId: "2001.00001",
      authors: ["Ada Example"],
      tasks: ["relation-extraction", "a-new-task"],
      methods: ["bert"],
      abstract: "Words \ufffd and more",
    });
    expect((await store.list("codeLink", { paper: "percent" })).items[0]).toMatchObject({
      official: true,
      framework: "pytorch",
    });
    expect((await store.list("codeLink", { url: "https://github.com/c/d" })).items[0]).toMatchObject({
      paperTitle: "Unknown",
    });
    expect(await store.get("method", "bert")).toMatchObject({
      fullName: "Bidirectional Encoder",
      extra: { num_papers: 7 },
    });
    expect(await store.get("dataset", "chem")).toMatchObject({ description: "All of it", modalities: ["Texts"] });
    expect(report.counts).toMatchObject({
      "skipped-duplicate": 1,
      "skipped-no-name": 1,
      "skipped-malformed": 2,
      "text-cleaned": 1,
    });
    // Rows find their papers now.
    await store.importFiles([file("again.json", evaluationTables)], ADMIN);
    expect((await store.paperPage("percent"))!.results.map(({ result }) => result.modelName)).toEqual(["Percent"]);
  });

  it("imports a benchmark of OpenCodePapers: no paper, null dates, ascending order", async () => {
    const benchmark = {
      title: "Named Entity Recognition (NER) on Species",
      "task-hierarchy": ["Natural Language Processing", "Named Entity Recognition (NER)"],
      "dataset-info": { link: "", paper: "" },
      benchmark: {
        fields: [
          { key: "p", label: "Paper", sortable: "true" },
          { key: "m1", label: "F1", sortable: "true" },
        ],
        items: [
          { p: "", n: "Low", d: null, m1: "70.1" },
          { p: "[]()", n: "Middle", d: "", m1: "75.31", c: "" },
          {
            p: { name: "A paper", link: "https://example.org/a", authors: [] },
            n: "High",
            d: "2021-05-28",
            m1: "80.91",
            c: { name: "code", link: "https://github.com/a/b" },
          },
          { n: "No value" },
        ],
      },
    };
    const report = await store.importFiles([file("species.json", benchmark)], ADMIN);
    const board = (await store.leaderboard("named-entity-recognition-ner-on-species"))!;
    expect(board.rows.map(({ result, rank }) => [result.modelName, rank])).toEqual([
      ["High", 1],
      ["Middle", 2],
      ["Low", 3],
      ["No value", undefined],
    ]);
    expect(report.counts).toEqual({ "paper-missing": 3, "metric-empty": 1, "order-not-descending": 1 });
    const out = join(folder, `out-${store.backend}`);
    await exportFiles(store, out, "open-code-papers");
    await exportFiles(store, `${out}-tasks`, "sota-extractor");
    const again = await store.importFiles([join(out, "named-entity-recognition-ner-on-species.json")], ADMIN);
    expect(again.counts["order-not-descending"]).toBeUndefined();
  });

  it("stores nothing of a file that breaks in the middle", async () => {
    const before = await store.counts();
    const text = JSON.stringify([{ task: "Fine", datasets: [], subtasks: [] }]).slice(0, -1);
    for (const broken of [text, `${text}, {"task": }]`, `${text}]]`, "", "[1, 2]", "{}", "nonsense"])
      await expect(store.importFiles([file("broken.json", broken)], ADMIN)).rejects.toMatchObject({
        code: "input-format",
      });
    const gz = join(folder, "cut.json.gz");
    writeFileSync(gz, gzipSync(JSON.stringify(evaluationTables)).subarray(0, 300));
    await expect(store.importFiles([gz], ADMIN)).rejects.toMatchObject({ code: "input-format" });
    await expect(store.importFiles([join(folder, "nowhere.json")], ADMIN)).rejects.toMatchObject({
      code: "file-not-found",
    });
    expect(await store.counts()).toEqual(before);
  });
});
