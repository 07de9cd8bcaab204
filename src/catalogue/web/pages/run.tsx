// One run record: what it found, seed by seed, the curves of its training, and what ran on what.

import { raw } from "hono/html";
import { type ChartSeries, metricName, type ResultRecordV2, svgLineChart } from "../../../evaluation/index.ts";
import type { Run } from "../../schema/index.ts";
import { type CatalogueApp, type CatalogueSite, found } from "../environment.ts";
import { page } from "./layout.tsx";
import { Heads, Table, counted } from "./parts.tsx";

/** Adds `/run/ID` and its record as JSON. */
export function addRunPages(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/run/:id/record.json", async (c) => {
    const id = c.req.param("id");
    return c.json(found(await store.get("run", id), "run", id).record);
  });
  app.get("/run/:id", async (c) => {
    const id = c.req.param("id");
    const run = found(await store.get("run", id), "run", id);
    return page(c, {
      title: `Run of ${run.record.model.name} on ${run.record.dataset.id}`,
      children: <RunPage run={run} />,
    });
  });
}

/** What a record of several runs has beside. */
type RecordOfRuns = Partial<Pick<ResultRecordV2, "runs" | "spread" | "differs">>;

/** Percents to two digits, all others to four. */
function digits(value: number, unit: string | undefined): string {
  return value.toFixed(unit === "percent" ? 2 : 4);
}

interface Chart {
  title: string;
  yLabel: string;
  isLogarithmic?: boolean;
  series: ChartSeries[];
  /** Under the picture. */
  words: string;
}

/** Loss and the metric on dev, a thin line each seed. */
function trainingCharts(runs: NonNullable<RecordOfRuns["runs"]>): Chart[] {
  const named = runs.map(({ seed, folds, curves }, index) => ({
    name: folds === undefined ? `seed ${seed}` : `seed ${seed}, mean of ${counted(folds.length, "fold")}`,
    look: (index % 4) as ChartSeries["look"],
    thin: true,
    curves,
  }));
  const losses = named.flatMap(({ curves, ...line }): ChartSeries[] =>
    curves?.loss === undefined ? [] : [{ ...line, points: curves.loss }],
  );
  const [first] = named.flatMap(({ curves }) => curves?.dev ?? []);
  const scores = named.flatMap(({ curves, ...line }): ChartSeries[] =>
    curves?.dev === undefined || curves.dev.metric !== first?.metric
      ? []
      : [{ ...line, points: curves.dev.points, markers: curves.dev.points.length <= 40 }],
  );
  const charts: Chart[] = [];
  const each = (count: number): string => (count === 1 ? "" : " One line a seed.");
  if (losses.length > 0) {
    charts.push({
      title: "Training loss by step",
      yLabel: "training loss",
      // Most of a training goes on far below where it began.
      isLogarithmic: true,
      series: losses,
      words: `Training loss: each point is the mean of a stretch of steps.${each(losses.length)}`,
    });
  }
  if (first !== undefined) {
    const name = metricName(first.metric);
    charts.push({
      title: `${name} on development data by step`,
      yLabel: first.unit === "percent" ? `${name}, %` : name,
      series: scores,
      words: `${name} on the development data, which the epoch is chosen by, after each evaluation.${each(scores.length)}`,
    });
  }
  return charts;
}

/** Series that were stored beside the record, a chart each. */
function ownCharts(curves: NonNullable<Run["curves"]>): Chart[] {
  return Object.entries(curves).map(([name, points], index) => ({
    title: name,
    yLabel: name,
    series: [{ name, points, look: (index % 4) as ChartSeries["look"], markers: points.length <= 60 }],
    words: name,
  }));
}

function RunPage({ run: { id, sha256, record, curves } }: { run: Run }) {
  const facts: [string, string][] = [
    ["Measured", record.createdAt],
    ["Protocol", record.protocol],
    ["Dataset", `${record.dataset.id}, ${record.dataset.split}`],
    ["Data hash", record.dataset.sha256],
    ["Model", `${record.model.name}, ${record.model.variant}, ${record.model.precision}`],
    ["Model hash", record.model.sha256],
    ["Parameters", record.model.parameters.toLocaleString("en-US")],
    ["Seeds of its training", record.seeds.length === 0 ? "not known" : record.seeds.join(", ")],
    ["Commit", record.commit ?? "not known"],
    ["Version", `biobert ${record.biobertVersion}`],
    [
      "Machine",
      `${record.machine.cpu}, ${record.machine.cores} cores, ${record.machine.os}, Node ${record.machine.node}, ONNX Runtime ${record.machine.onnxruntime}`,
    ],
    ["Time", record.durationSeconds === 0 ? "not measured" : `${record.durationSeconds.toFixed(1)} s`],
    ...(record.formatVersion === 1 || record.peakMemoryBytes === undefined
      ? []
      : [["Peak memory", `${(record.peakMemoryBytes / 1e9).toFixed(2)} GB`] as [string, string]]),
    ["Record hash", sha256],
  ];
  const units: Readonly<Record<string, string | undefined>> =
    record.formatVersion === 1
      ? Object.fromEntries(Object.keys(record.metrics).map((name) => [name, "percent"]))
      : record.units;
  const { runs: seeds, spread, differs }: RecordOfRuns = record.formatVersion === 1 ? {} : record;
  const isTimed = seeds?.some(({ trainingSeconds }) => trainingSeconds !== undefined) === true;
  const charts = [...trainingCharts(seeds ?? []), ...ownCharts(curves ?? {})];
  return (
    <>
      <p class="crumbs">
        <a href="/measured">Published against measured</a>
      </p>
      <h1>{`${record.model.name} on ${record.dataset.id}, ${record.dataset.split}`}</h1>
      <p class="quiet small">{`Run ${id}`}</p>
      <pre>
        <code>{record.command}</code>
      </pre>
      <Table
        isNarrow
        caption={spread === undefined ? "Metrics" : `Metrics: means over ${counted(record.seeds.length, "seed")}`}
        head={
          <Heads names={["Metric", "#Value", ...(spread === undefined ? [] : ["#± sd", "#from", "#to"]), "Unit"]} />
        }
      >
        {Object.entries(record.metrics).map(([name, value]) => {
          const range = spread?.[name];
          return (
            <tr>
              <th scope="row">{metricName(name)}</th>
              <td class="n">{digits(value, units[name])}</td>
              {spread === undefined
                ? null
                : [range?.standardDeviation, range?.minimum, range?.maximum].map((each) => (
                    <td class="n">{each === undefined ? "–" : digits(each, units[name])}</td>
                  ))}
              <td>{units[name] === "number" ? "" : units[name]}</td>
            </tr>
          );
        })}
      </Table>
      {seeds === undefined || seeds.length < 2 ? null : (
        <Table
          isNarrow
          caption="Seed by seed"
          head={
            <Heads
              names={[
                "#Seed",
                ...Object.keys(seeds[0]!.metrics)
                  .slice(0, 6)
                  .map((name) => `#${metricName(name)}`),
                ...(isTimed ? ["#Training, s"] : []),
              ]}
            />
          }
        >
          {seeds.map((run) => (
            <tr>
              <td class="n">{run.seed}</td>
              {Object.entries(run.metrics)
                .slice(0, 6)
                .map(([name, value]) => (
                  <td class="n">{digits(value, units[name])}</td>
                ))}
              {isTimed ? (
                <td class="n">
                  {run.trainingSeconds === undefined ? "–" : Math.round(run.trainingSeconds).toLocaleString("en-US")}
                </td>
              ) : null}
            </tr>
          ))}
        </Table>
      )}
      {differs === undefined || differs.length === 0 ? null : (
        <>
          <h2>What differs from the published result</h2>
          <ul>
            {differs.map((text) => (
              <li>{text}</li>
            ))}
          </ul>
        </>
      )}
      <h2>How training went</h2>
      {charts.length === 0 ? <p class="quiet">This record came without curves.</p> : null}
      {charts.map(({ title, yLabel, isLogarithmic: logarithmic, series, words }, index) => (
        <figure>
          {raw(svgLineChart(series, { id: `curve-${index}`, title, xLabel: "step", yLabel, logarithmic }))}
          <figcaption>{words}</figcaption>
        </figure>
      ))}
      {Object.keys(record.metricsByType).length === 0 ? null : (
        <Table
          caption="By entity type"
          head={<Heads names={["Type", "#Precision", "#Recall", "#F1", "#Gold", "#Predicted", "#Correct"]} />}
        >
          {Object.entries(record.metricsByType).map(([type, scores]) => (
            <tr>
              <th scope="row">{type}</th>
              {[scores.precision, scores.recall, scores.f1].map((value) => (
                <td class="n">{value.toFixed(2)}</td>
              ))}
              {[scores.goldCount, scores.predictedCount, scores.correctCount].map((value) => (
                <td class="n">{value.toLocaleString("en-US")}</td>
              ))}
            </tr>
          ))}
        </Table>
      )}
      <h2>What ran, on what</h2>
      <dl class="facts">
        {facts.map(([name, text]) => (
          <>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </>
        ))}
        {Object.entries(record.dataset.counts).map(([name, count]) => (
          <>
            <dt>{name}</dt>
            <dd>{count.toLocaleString("en-US")}</dd>
          </>
        ))}
      </dl>
      <p>
        <a href={`/run/${id}/record.json`}>The record as JSON</a>
      </p>
    </>
  );
}
