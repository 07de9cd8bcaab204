import { describe, expect, it } from "vitest";
import {
  calibrationSection,
  confusionTable,
  crossValidationReport,
  escapeHtml,
  evaluationReport,
  searchReport,
  svgLineChart,
  tableHtml,
  taskReport,
  trainingReport,
} from "../../src/evaluation/index.ts";
import { scoreCalibration, scoreEntities, summarizeFoldScores } from "../../src/metrics/index.ts";
import { searchTable, type TrainingEvent } from "../../src/training/index.ts";

const VOID = new Set(["meta", "br", "img", "hr", "input", "link"]);

/** Checks that tags are nested, ids unique and references met; the pages use no optional end tags. */
function expectWellFormed(html: string): void {
  const open: string[] = [];
  const withoutStyle = html.replace(/<style>[^]*?<\/style>/g, "");
  for (const [, end, name, rest] of withoutStyle.matchAll(/<(\/?)([a-zA-Z][\w-]*)([^<>]*)>/g)) {
    if (end === "/") expect(open.pop()).toBe(name);
    else if (!rest.endsWith("/") && !VOID.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
  // No stray < or & is left: every one starts a tag or an entity.
  expect(withoutStyle.replace(/<!doctype html>|<\/?[a-zA-Z][^<>]*>/g, "")).not.toMatch(/[<>]/);
  expect(withoutStyle).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, list] of html.matchAll(/aria-labelledby="([^"]+)"/g)) {
    for (const id of list.split(" ")) expect(ids).toContain(id);
  }
}

const options = { id: "c", title: "T & <t>", xLabel: "step", yLabel: "loss" };

/** The numbers in the tick labels of one axis, which are set at its own anchor. */
function tickLabels(svg: string, anchor: "end" | "middle"): string[] {
  return [...svg.matchAll(new RegExp(`text-anchor="${anchor}" fill="var\\(--quiet\\)">([^<]+)<`, "g"))].map(
    ([, text]) => text,
  );
}

describe("svgLineChart", () => {
  it("draws each series through its points, between round ticks", () => {
    const svg = svgLineChart(
      [
        {
          name: "a<b",
          look: 0,
          points: [
            [0, 1],
            [50, 3],
            [100, 2],
          ],
        },
      ],
      { ...options, width: 200, height: 200 },
    );
    expectWellFormed(svg);
    expect(tickLabels(svg, "end")).toEqual(["1.0", "1.5", "2.0", "2.5", "3.0"]);
    expect(tickLabels(svg, "middle")).toContain("100");
    const [, line] = /<polyline points="([^"]+)"/.exec(svg) ?? [];
    const points = line.split(" ").map((pair) => pair.split(",").map(Number));
    expect(points.map(([x]) => x)).toEqual([80, 131, 182]);
    const [low, high, middle] = points.map(([, y]) => y);
    expect([low, high]).toEqual([154, 46]);
    expect(middle).toBe(100);
    expect(svg).toContain("a&lt;b: 3 values, first 1, lowest 1, highest 3, last 2.");
  });

  it("goes on with the legend in a new row where one is full, and draws many lines thin", () => {
    const series = Array.from({ length: 12 }, (_, i) => ({
      name: `seed ${i + 1}`,
      look: (i % 4) as 0 | 1 | 2 | 3,
      thin: true,
      points: [
        [1, i],
        [2, i + 1],
      ] as [number, number][],
    }));
    const svg = svgLineChart(series, { ...options, width: 600 });
    expectWellFormed(svg);
    const names = [...svg.matchAll(/<text x="([\d.]+)" y="(\d+)" fill="var\(--ink\)">(seed \d+)</g)];
    expect(names.map(([, , , name]) => name)).toEqual(series.map(({ name }) => name));
    for (const [, x, , name] of names) expect(Number(x) + name!.length * 7.4).toBeLessThanOrEqual(600);
    const rows = [...new Set(names.map(([, , y]) => Number(y)))];
    expect(rows.length).toBeGreaterThan(1);
    // The picture begins below the legend.
    const highest = Math.min(
      ...[...svg.matchAll(/<polyline points="([^"]+)"/g)].flatMap(([, line]) =>
        line!.split(" ").map((pair) => Number(pair.split(",")[1])),
      ),
    );
    expect(highest).toBeGreaterThan(Math.max(...rows));
    expect(svg.match(/<polyline [^>]*stroke-width="1\.3"/g)).toHaveLength(12);
  });

  it("has a line for each power of ten where the axis is logarithmic, and a gap where there is no logarithm", () => {
    const points = [
      [1, 1],
      [2, 0.1],
      [3, 0],
      [4, 0.01],
      [5, 0.001],
    ] as [number, number][];
    const svg = svgLineChart([{ name: "a", look: 0, points, markers: true }], {
      ...options,
      logarithmic: true,
      yFrom: 0,
    });
    expectWellFormed(svg);
    expect(tickLabels(svg, "end")).toEqual(["0.001", "0.01", "0.1", "1"]);
    expect(svg.match(/<polyline /g)).toHaveLength(2);
    const heights = [...svg.matchAll(/<circle cx="[^"]+" cy="([^"]+)"[^>]*><title>([^<]+)</g)].map(([, y, title]) => [
      Number(y),
      title,
    ]);
    expect(heights.map(([, title]) => title)).toEqual(["a: 1 at 1", "a: 0.1 at 2", "a: 0.01 at 4", "a: 0.001 at 5"]);
    const [first, second, third, fourth] = heights.map(([y]) => y as number);
    for (const gap of [third! - second!, fourth! - third!]) expect(gap).toBeCloseTo(second! - first!, 0);
    expect(svg).toContain("lowest 0, highest 1, last 0.001.");
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("leaves a gap where a value is not finite", () => {
    const points = [
      [1, 1],
      [2, 2],
      [3, Number.NaN],
      [4, 2],
      [5, 1],
    ] as const;
    const svg = svgLineChart([{ name: "a", look: 1, points }], options);
    expect(svg.match(/<polyline /g)).toHaveLength(2);
    expect(svg).not.toContain("NaN");
  });

  it("copes with no point, one point, equal values and tiny ones", () => {
    for (const points of [
      [],
      [[3, 5]],
      [
        [1, 0],
        [2, 0],
      ],
      [
        [1, 2e-5],
        [2, 5e-5],
      ],
      [
        [1, 1e9],
        [2, 3e9],
      ],
    ] as [number, number][][]) {
      const svg = svgLineChart([{ name: "a", look: 0, points, markers: true }], { ...options, yFrom: 0 });
      expectWellFormed(svg);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg.match(/<circle /g)?.length ?? 0).toBe(points.length);
    }
    const tiny = svgLineChart(
      [
        {
          name: "a",
          look: 0,
          points: [
            [1, 0],
            [2, 5e-5],
          ],
        },
      ],
      options,
    );
    expect(tickLabels(tiny, "end")).toEqual(["0", "1e\u22125", "2e\u22125", "3e\u22125", "4e\u22125", "5e\u22125"]);
  });
});

describe("escapeHtml", () => {
  it("makes any text safe in content and in quoted attributes", () => {
    expect(escapeHtml(`<a b='c' d="e">&amp;`)).toBe("&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;amp;");
    expect(escapeHtml("a\u0000b\u001bc\ud800d\u{1f600}")).toBe("a\ufffdb\ufffdc\ufffdd\u{1f600}");
  });

  it("is used for every cell of a table", () => {
    const html = tableHtml({ caption: "<c>", columns: ["<h>", { title: "n", number: true }], rows: [["<r>", "<1>"]] });
    expectWellFormed(html);
    expect(html).toContain('<th scope="row">&lt;r&gt;</th><td class="number">&lt;1&gt;</td>');
  });
});

describe("trainingReport", () => {
  const steps = Array.from({ length: 2000 }, (_, index) => index + 1);
  const events: TrainingEvent[] = [
    { type: "start", examples: 640, epochs: 2, steps: 2000, parameters: 22_713_216 },
    ...steps.map((step) => ({
      type: "step" as const,
      step,
      epoch: Math.ceil(step / 1000),
      loss: 1 / step,
      learningRate: 1e-4,
      gradientNorm: 1,
      tokens: 100,
      seconds: 0.25,
    })),
    { type: "evaluation", step: 1000, epoch: 1, metrics: { precision: 80, recall: 90, f1: 84.705 }, best: true },
    { type: "evaluation", step: 2000, epoch: 2, metrics: { precision: 70, recall: 90, f1: 78.75 }, best: false },
  ];
  const summary = { title: "<run>", output: "out & more", command: "biobert fine-tune ner --type '<T>'" };

  it("is a well-formed page that needs nothing from outside", () => {
    const html = trainingReport(events, { "<option>": "<value>", seed: 1 }, summary);
    expectWellFormed(html);
    expect(html).not.toMatch(/(?:src|href)=|url\(|@import|<script/);
    expect(html).toContain("<title>&lt;run&gt;</title>");
    expect(html).toContain('<th scope="row">&lt;option&gt;</th><td>&lt;value&gt;</td>');
  });

  it("states the best and the last score, the time and the rate", () => {
    const html = trainingReport(events, {}, summary);
    expect(html).toContain(
      "<dt>Best F1 on dev</dt><dd>84.70<small>after epoch 1</small>".replace("84.70", (84.705).toFixed(2)),
    );
    expect(html).toContain("<dt>Last F1 on dev</dt><dd>78.75<small>after epoch 2</small>");
    expect(html).toContain("<dt>Time in steps</dt><dd>8.3 min<small>400 tokens/s</small>");
    expect(html).toContain("<dt>Parameters</dt><dd>22.7 M<small>640 examples</small>");
  });

  it("says of a score within an epoch that it is one", () => {
    const within = { type: "evaluation" as const, step: 500, epoch: 1, metrics: { f1: 70 }, best: true };
    const html = trainingReport([...events.slice(0, 501), within], {}, summary);
    expect(html).toContain("<dt>Last F1 on dev</dt><dd>70.00<small>in epoch 1, after step 500</small>");
    expect(html).toContain("Percent, after each epoch and at the steps between that were asked for");
    expect(trainingReport(events, {}, summary)).toContain("<caption>Percent, after each epoch</caption>");
  });

  it("keeps the page small however many steps there were", () => {
    const html = trainingReport(events, {}, summary);
    for (const [, line] of html.matchAll(/<polyline points="([^"]+)"/g))
      expect(line.split(" ").length).toBeLessThanOrEqual(600);
  });

  it("draws the choosing metric with its own precision and recall, and a chosen threshold in the table alone", () => {
    const metrics = {
      microPrecision: 51,
      microRecall: 52,
      microF1: 53,
      documentMicroPrecision: 61,
      documentMicroRecall: 62,
      documentMicroF1: 63,
      threshold: 0.27,
    };
    const scored = {
      type: "evaluation" as const,
      metrics,
      units: { threshold: "fraction" as const },
      selectedBy: "documentMicroF1",
      best: true,
    };
    const html = trainingReport(
      [...events.slice(0, -2), { ...scored, step: 1000, epoch: 1 }, { ...scored, step: 2000, epoch: 2 }],
      {},
      summary,
    );
    const drawn = [...html.matchAll(/: 2 values, first (\d+)/g)].map(([, first]) => first);
    expect(drawn).toEqual(["63", "61", "62"]);
    expect(html).toContain('<td class="number">0.2700</td>');
    expect(html).toContain("Best micro-F1 of documents on dev");
  });

  it("draws of several heads the mean and what it is of, and leaves their names as they are", () => {
    const metrics = { mean: 75, "NCBI.f1": 80, "NCBI.precision": 81, "my.STS.pearson": 0.7, "my.STS.spearman": 0.6 };
    const scored = {
      type: "evaluation" as const,
      metrics,
      units: { "my.STS.pearson": "correlation" as const, "my.STS.spearman": "correlation" as const },
      selectedBy: "mean",
      meanOf: ["NCBI.f1", "my.STS.pearson"],
      best: true,
    };
    const html = trainingReport(
      [...events.slice(0, -2), { ...scored, step: 1000, epoch: 1 }, { ...scored, step: 2000, epoch: 2 }],
      {},
      summary,
    );
    expectWellFormed(html);
    const drawn = [...html.matchAll(/([^>.]+): 2 values, first ([\d.]+)/g)].map(([, name, first]) => [
      name!.trim(),
      first,
    ]);
    expect(drawn).toEqual([
      ["mean", "75"],
      ["NCBI F1", "80"],
      ["STS Pearson correlation × 100", "70"],
    ]);
    expect(html).toContain('<th scope="col" class="number">NCBI precision</th>');
    expect(html).toContain('<th scope="col" class="number">my.STS Spearman correlation</th>');
    const many = crossValidationReport(
      {
        folds: ["1", "2"].map((name) => ({ name, metrics, modelDirectory: "m" })),
        units: scored.units,
        meanOf: scored.meanOf,
        summary: summarizeFoldScores([metrics, metrics]),
      },
      { title: "f" },
    );
    expect(many).toContain("my.STS Pearson correlation × 100: 2 values, first 70");
    expect(many).toContain("<dt>my.STS Pearson correlation</dt><dd>0.7000");
    expect(many).not.toContain("NCBI precision: 2 values");
  });

  it("has no development part where nothing was evaluated, and says when a run was stopped", () => {
    const html = trainingReport(events.slice(0, 5), {}, { ...summary, interrupted: true });
    expectWellFormed(html);
    expect(html).not.toContain("Development data");
    expect(html).toContain("This run was stopped before its end");
    expect(trainingReport(events, {}, summary)).not.toContain("This run was stopped");
    const { title, output } = summary;
    expect(trainingReport(events, {}, { title, output }), "of a program").not.toContain("<h2>Command</h2>");
  });
});

describe("evaluationReport", () => {
  const sentences = [
    {
      tokens: ["lung", "cancer", "<x>"],
      gold: ["B-Disease", "I-Disease", "O"],
      predicted: ["B-Disease", "O", "B-Gene"],
      line: 7,
    },
    { tokens: ["all", "well"], gold: ["O", "O"], predicted: ["O", "O"] },
    { tokens: ["fever"], gold: ["B-Disease"], predicted: ["B-Disease"] },
  ];
  const report = scoreEntities(
    sentences.map(({ gold }) => gold),
    sentences.map(({ predicted }) => predicted),
    { tokens: sentences.map(({ tokens }) => tokens) },
  );
  const offsets = { precision: 1, recall: 2, f1: 61.5, goldCount: 1, predictedCount: 1, correctCount: 1 };
  const html = evaluationReport(report, sentences, { title: "m on d", facts: { Command: "a <b>" }, offsets });

  it("is a well-formed page with the scores, overall and by type", () => {
    expectWellFormed(html);
    expect(html).toContain("<dt>F1</dt><dd>40.00");
    expect(html).toContain("<dt>Precision</dt><dd>33.33<small>1 of 3 predicted");
    expect(html).toContain("<dt>Recall</dt><dd>50.00<small>1 of 2 in the data");
    expect(html).toContain("<dt>Offset F1</dt><dd>61.50");
    expect(html).toContain("not comparable with F1");
    expect(html).toMatch(/<th scope="row">Gene<\/th>(<td class="number">0\.00<\/td>){3}/);
    expect(html).toContain('<th scope="row">all</th>');
    // "lung" alone is found of "lung cancer": of the right type, whatever its end.
    expect(html).toContain("Entities by their types");
    const table = [...html.matchAll(/<tr><th scope="row">([^<]+)<\/th>((?:<td class="number"[^>]*>\d+<\/td>){3})/g)];
    expect(table.map(([, type, row]) => [type, ...[...row!.matchAll(/>(\d+)</g)].map(([, n]) => Number(n))])).toEqual([
      ["Disease", 2, 0, 0],
      ["Gene", 0, 0, 0],
      ["(none)", 0, 1, 0],
    ]);
  });

  it("draws the calibration of entities and of words apart", () => {
    const calibration = {
      entities: scoreCalibration([0.95, 0.55], [true, false]),
      words: scoreCalibration([0.99, 0.98, 0.4], [true, true, false]),
    };
    const page = evaluationReport(report, sentences, { title: "m on d", facts: {}, calibration });
    expectWellFormed(page);
    expect(page).toContain("<h2>Calibration of entities</h2>");
    expect(page).toContain("over 2 predicted entities.");
    expect(page).toContain("over 3 words.");
    expect(page).toContain(`Expected calibration error ${calibration.words.expectedCalibrationError.toFixed(2)} %`);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size, "ids of two charts on one page").toBe(ids.length);
    expect(html).not.toContain("Calibration");
  });

  it("counts errors by kind and shows the sentences they are in, and no others", () => {
    expect(html).toMatch(/<th scope="row">too short<\/th><td class="number">1<\/td>/);
    expect(html).toMatch(/<th scope="row">missed<\/th><td class="number">0<\/td>/);
    expect(html).toContain("lung cancer (Disease)");
    expect(html).toContain("1 of 3 sentences");
    expect(html).toContain(
      'line 7: </span><span class="gold predicted" title="data: Disease; predicted: Disease">lung</span>',
    );
    expect(html).toContain('<span class="predicted" title="predicted: Gene">&lt;x&gt;</span>');
    expect(html.match(/class="sentence"/g)).toHaveLength(1);
  });
});

describe("sections that reports share", () => {
  const calibration = scoreCalibration([0.95, 0.92, 0.15, 0.18], [true, false, false, true]);

  it("draw calibration by its filled bins, with its error in words", () => {
    const html = calibrationSection(calibration).join("\n");
    expectWellFormed(html);
    expect(html).toContain(`Expected calibration error ${calibration.expectedCalibrationError.toFixed(2)} %`);
    // Two filled bins, each half right: two markers and two rows.
    expect(html.match(/<circle /g)).toHaveLength(2);
    expect(html).toContain(
      '<th scope="row">90 to 100</th><td class="number">2</td><td class="number">93.5</td><td class="number">50.0</td>',
    );
    expect(calibrationSection(undefined)).toEqual([]);
  });

  it("shade the confusion table by the row's share, and of many labels show those that are confused most", () => {
    const html = confusionTable({
      confusion: {
        labels: ["a<", "b"],
        counts: [
          [3, 1],
          [0, 0],
        ],
      },
    }).join("\n");
    expectWellFormed(html);
    expect(html).toContain("var(--good) 45%");
    expect(html).toContain("var(--bad) 15%");
    expect(html.match(/style=/g)).toHaveLength(2);
    const labels = Array.from({ length: 100 }, (_, i) => `l${i}`);
    // All are right but for the last, which is taken for the first.
    const counts = labels.map((_, i) => labels.map((__, j) => (i === j ? 2 : i === 99 && j === 0 ? 7 : 0)));
    const large = confusionTable({ confusion: { labels, counts } }).join("\n");
    expectWellFormed(large);
    expect(large).toContain("Of 100 labels those that are confused most");
    const rows = [...large.matchAll(/<tr><th scope="row">([^<]+)<\/th>(.*)<\/tr>/g)];
    const cells = (row: string): number[] => [...row.matchAll(/>(\d+)<\/td>/g)].map(([, count]) => Number(count));
    expect(rows).toHaveLength(40);
    expect(rows.map(([, name]) => name)).toEqual(expect.arrayContaining(["l0", "l99", "61 others"]));
    const last = rows.find(([, name]) => name === "l99")!;
    expect(cells(last[2]!)[0]).toBe(7);
    expect(cells(rows.at(-1)![2]!).at(-1)).toBe(2 * 61);
    const all = rows.flatMap(([, , row]) => cells(row!)).reduce((sum, count) => sum + count, 0);
    expect(all, "nothing is left out").toBe(207);
  });

  it("show the kept model's details in the report of its training", () => {
    const metrics = { accuracy: 75 };
    const events: TrainingEvent[] = [
      { type: "start", examples: 4, epochs: 1, steps: 1, parameters: 1000 },
      { type: "step", step: 1, epoch: 1, loss: 1, learningRate: 1, gradientNorm: 1, tokens: 4, seconds: 1 },
      { type: "evaluation", step: 1, epoch: 1, metrics, best: true, selectedBy: "accuracy" },
      {
        type: "scores",
        step: 1,
        epoch: 1,
        protocol: "p-1",
        counts: { texts: 4 },
        unit: "texts",
        examples: 4,
        wrongCount: 1,
        wrong: [{ id: "/a/b/file.tsv:7", text: "A <text>", gold: "x", predicted: "y", right: false }],
        confusion: {
          labels: ["x", "y"],
          counts: [
            [2, 1],
            [0, 1],
          ],
        },
        errors: [{ gold: "x", predicted: "", count: 1, example: "A <text>" }],
        calibration,
      },
      { type: "end", steps: 1, seconds: 9, peakMemoryBytes: 1.5e9, stoppedEarly: true, bestMetric: 75, bestEpoch: 1 },
    ];
    const html = trainingReport(events, {}, { title: "t", output: "o", command: "c" });
    expectWellFormed(html);
    for (const part of [
      "What was taken for what",
      "The commonest errors",
      "(nothing)",
      "Calibration",
      "1 of 4 texts",
      '<th scope="row">file.tsv:7</th>',
      "1.50 GB",
      "stopped early",
    ]) {
      expect(html, `${part}`).toContain(part);
    }
    const svgs = html.match(/<svg /g);
    expect(svgs).toHaveLength(5);
  });

  it("show the details of each head below its name", () => {
    const head = (name: string, wrongCount: number) => ({
      ...{
        type: "scores" as const,
        step: 1,
        epoch: 1,
        head: name,
        protocol: "p-1",
        counts: { texts: 4 },
        unit: "texts",
      },
      ...{ examples: 4, wrongCount, wrong: [], calibration },
    });
    const html = trainingReport(
      [
        { type: "start", examples: 4, epochs: 1, steps: 1, parameters: 1000 },
        { type: "step", step: 1, epoch: 1, loss: 1, learningRate: 1, gradientNorm: 1, tokens: 4, seconds: 1 },
        head("NCBI", 3),
        head("GAD <x>", 2),
        head("NCBI", 1),
      ],
      {},
      { title: "t", output: "o", command: "c" },
    );
    expectWellFormed(html);
    const titles = [...html.matchAll(/<h([23])>([^<]+)</g)].map(([, level, title]) => `${level} ${title}`);
    expect(titles.slice(1, 7)).toEqual([
      "2 NCBI",
      "3 Calibration",
      "3 Where it is wrong",
      "2 GAD &lt;x&gt;",
      "3 Calibration",
      "3 Where it is wrong",
    ]);
    expect(html).toContain("1 of 4 texts");
    expect(html).not.toContain("3 of 4 texts");
  });

  it("show the numbers that are furthest off, of which none is wrong, in the report of a training and of an evaluation", () => {
    const items = [
      { id: "/a/n.tsv:1", text: "near", gold: "2", predicted: "2.100", difference: 0.1 },
      { id: "/a/n.tsv:2", text: "low", gold: "4", predicted: "1.500", difference: -2.5 },
      { id: "/a/n.tsv:3", text: "high", gold: "1", predicted: "1.750", difference: 0.75 },
    ];
    const scores = { protocol: "p", metrics: { pearson: 0.9 }, selection: "pearson", counts: { texts: 3 } };
    const model = { weightsFile: "w", precision: "fp32", weightsSha256: "" } as never;
    const about = { unit: "texts", options: {}, model, warnings: [], items: [] };
    const evaluation = taskReport(
      { scores, examples: items, shown: { unit: "texts", items }, ...about },
      { title: "t", facts: {} },
    );
    const furthest = [items[1]!, items[2]!, items[0]!];
    const details = { unit: "texts", examples: 0, wrongCount: 0, wrong: [], furthest };
    const training = trainingReport(
      [
        { type: "start", examples: 4, epochs: 1, steps: 1, parameters: 1000 },
        { type: "step", step: 1, epoch: 1, loss: 1, learningRate: 1, gradientNorm: 1, tokens: 4, seconds: 1 },
        { type: "scores", step: 1, epoch: 1, protocol: "p", counts: { texts: 3 }, ...details },
      ],
      {},
      { title: "t", output: "o", command: "c" },
    );
    for (const html of [evaluation, training]) {
      expectWellFormed(html);
      expect(html).toContain("<h2>Where it is furthest off</h2>");
      expect([...html.matchAll(/<th scope="row">(n\.tsv:\d)</g)].map(([, id]) => id)).toEqual([
        "n.tsv:2",
        "n.tsv:3",
        "n.tsv:1",
      ]);
      expect(html).toContain('<td class="number">-2.500</td>');
      expect(html).not.toContain("Where it is wrong");
    }
  });

  it("give mean and deviation of folds, and the best of a search first", () => {
    const folds = crossValidationReport(
      {
        folds: [1, 2].map((i) => ({ name: String(i), metrics: { f1: 60 + 20 * i }, modelDirectory: "m" })),
        summary: summarizeFoldScores([{ f1: 80 }, { f1: 100 }]),
      },
      { title: "f" },
    );
    expectWellFormed(folds);
    expect(folds).toContain("<dd>90.00<small>± 14.14; 80.00 to 100.00</small></dd>");
    const trial = {
      learningRate: 1e-5,
      batchSize: 8,
      epochs: 2,
      seed: 1,
      name: "n",
      selectedBy: "f1",
      selection: 71,
      metrics: { f1: 71 },
      bestEpoch: 2,
      seconds: 3,
    };
    const rows = searchTable([{ ...trial, batchSize: 4, diverged: true }, trial]);
    const html = searchReport({ rows, best: rows[0]!, modelDirectory: "m" }, { title: "s" });
    expectWellFormed(html);
    expect(html.indexOf("71.00 (2)")).toBeLessThan(html.indexOf("diverged"));
  });
});
