// Published against measured: this project's runs beside the rows they repeat, with the difference, what differs in protocol and
// the command; one result with its way back; one run record with its curves.

import type { Hono } from "hono";
import { raw } from "hono/html";
import { svgLineChart } from "../../../evaluation/index.ts";
import { formatValue } from "../../ranking.ts";
import type { Metric, Run } from "../../schema/index.ts";
import type { Comparison } from "../../store/types.ts";
import { type CatalogueSite, type RouteEnvironment, found } from "../environment.ts";
import { page } from "./layout.tsx";
import { MetricFacts } from "./leaderboard.tsx";
import {
  FlagNotes,
  FlagTags,
  Heads,
  ModelName,
  OriginTags,
  Outside,
  PaperLink,
  Table,
  ValueText,
  counted,
} from "./parts.tsx";

/** Adds `/measured`, `/result/ID` and `/run/ID`. */
export function addMeasuredPages(app: Hono<RouteEnvironment>, site: CatalogueSite): void {
  const { store } = site;
  app.get("/measured", async (c) => {
    const comparisons = await store.publishedAgainstMeasured();
    const rows = comparisons.flatMap(linesOf);
    return page(c, {
      title: "Published against measured",
      children: (
        <>
          <h1>Published against measured</h1>
          <p class="lead">
            What papers and catalogues say, what this project measured, and the difference on the metric's own scale. A
            difference means little where the protocol or the model differs: that stands in the row.
          </p>
          {rows.length === 0 ? (
            <p class="notice">
              Nothing has been measured again yet: import a record with "biobert results submit RECORD.json".
            </p>
          ) : (
            <Differences lines={rows} />
          )}
          {rows.length === 0 ? null : (
            <Table
              caption="Published and measured values"
              head={
                <Heads
                  names={[
                    "Benchmark",
                    "Metric",
                    "#Published",
                    "#Measured",
                    "#Difference",
                    "Models",
                    "What differs, and the command",
                    "Flaws",
                  ]}
                />
              }
            >
              {rows.map(({ comparison: { published, reproduce }, measured, metric, difference }, index) => {
                // What holds for all metrics of one measurement stands once, beside its first.
                const isFirst = rows[index - 1]?.measured !== measured;
                const span = rows.filter((row) => row.measured === measured).length;
                return (
                  <tr>
                    {isFirst ? (
                      <th scope="rowgroup" rowspan={span}>
                        <a
                          href={`/benchmark/${published.table.id}`}
                        >{`${published.taskName} on ${published.datasetName}`}</a>
                      </th>
                    ) : null}
                    <td>{metric.name}</td>
                    <td class="n">
                      <a href={`/result/${published.result.id}`}>
                        <ValueText value={published.result.values[metric.id]} metric={metric} />
                      </a>
                    </td>
                    <td class="n">
                      <a href={`/result/${measured.result.id}`}>
                        <ValueText value={measured.result.values[metric.id]} metric={metric} />
                      </a>
                    </td>
                    <td class="n">
                      <strong>{signed(difference)}</strong>
                    </td>
                    {isFirst ? (
                      <>
                        <td rowspan={span}>
                          <span class="quiet small">published</span>
                          <br />
                          <ModelName view={published} />
                          <br />
                          <span class="quiet small">measured</span>
                          <br />
                          <ModelName view={measured} />
                          <Seeds runs={measured.runsInFull} />
                          {measured.isVerified ? <span class="tag good">✓ verified</span> : null}
                        </td>
                        <td class="w" rowspan={span}>
                          {(measured.result.protocolDifferences ?? []).length === 0 ? (
                            <span class="quiet">Nothing stated.</span>
                          ) : (
                            <ul>
                              {measured.result.protocolDifferences!.map((text) => (
                                <li>{text}</li>
                              ))}
                            </ul>
                          )}
                          <code>
                            {reproduce === undefined
                              ? (measured.runsInFull[0]?.record.command ?? "")
                              : `npx biobert reproduce ${reproduce}`}
                          </code>
                        </td>
                        <td rowspan={span}>
                          <FlagTags flags={[...published.flags, ...measured.flags]} />
                        </td>
                      </>
                    ) : null}
                  </tr>
                );
              })}
            </Table>
          )}
          <FlagNotes views={comparisons.flatMap(({ published, measured }) => [published, ...measured])} />
        </>
      ),
    });
  });

  app.get("/result/:id", async (c) => {
    const id = c.req.param("id");
    const view = found((await store.resultViews({ ids: [id] })).items[0], "result", id);
    const { result, table, taskName, datasetName } = view;
    const [runs, verifications, measured, source] = await Promise.all([
      store.getMany("run", result.runs),
      store.list("verification", { result: id }),
      store.resultViews({ measures: id, limit: 50 }),
      result.source.paper === undefined ? undefined : store.get("paper", result.source.paper),
    ]);
    const where = [
      result.source.table,
      result.source.row === undefined ? undefined : `row ${result.source.row}`,
      result.source.page === undefined ? undefined : `page ${result.source.page}`,
    ]
      .filter((part) => part !== undefined)
      .join(", ");
    return page(c, {
      title: `${result.modelName} on ${datasetName}`,
      children: (
        <>
          <p class="crumbs">
            <a href={`/benchmark/${table.id}`}>{`${taskName} on ${datasetName}`}</a>
          </p>
          <h1>{result.modelName}</h1>
          <p>
            <OriginTags view={view} /> {view.rank === undefined ? null : `rank ${view.rank}`}
          </p>
          <Table caption="Values" head={<Heads names={["Metric", "#On the metric's scale", "#As published"]} />}>
            {Object.entries(result.values).map(([metricId, value]) => {
              const metric = table.metrics.find((each) => each.id === metricId);
              return (
                <tr>
                  <th scope="row">{metric === undefined ? metricId : <MetricFacts metric={metric} />}</th>
                  <td class="n">{value.value === undefined ? "no number" : formatValue(value, metric)}</td>
                  <td class="n">{value.published}</td>
                </tr>
              );
            })}
          </Table>
          <h2>The way back</h2>
          <dl class="facts">
            <dt>Model</dt>
            <dd>
              <ModelName view={view} />
            </dd>
            <dt>Paper</dt>
            <dd>
              <PaperLink view={view} />
            </dd>
            <dt>Where it stands</dt>
            <dd>
              {source === undefined ? null : <a href={`/paper/${source.id}`}>{source.title}</a>}{" "}
              {where === "" ? "" : `${where}; `}
              {result.source.url === undefined ? null : <Outside href={result.source.url} />} {result.source.note}
            </dd>
            <dt>Date</dt>
            <dd>{result.date ?? "–"}</dd>
            <dt>Extra training data</dt>
            <dd>{result.extraData ? "yes" : "no"}</dd>
            {result.submittedBy === undefined ? null : (
              <>
                <dt>Submitted by</dt>
                <dd>{result.submittedBy}</dd>
              </>
            )}
            {result.measures === undefined ? null : (
              <>
                <dt>Measures again</dt>
                <dd>
                  <a href={`/result/${result.measures}`}>{result.measures}</a>
                </dd>
              </>
            )}
            {result.codeLinks.length === 0 ? null : (
              <>
                <dt>Code</dt>
                <dd>
                  {result.codeLinks.map((link) => (
                    <div>
                      <Outside href={link.url}>{link.title || link.url}</Outside>
                    </div>
                  ))}
                </dd>
              </>
            )}
            {runs.map((run) => (
              <>
                <dt>Run</dt>
                <dd>
                  <a href={`/run/${run.id}`}>{run.record.command}</a>
                </dd>
              </>
            ))}
            {verifications.items.map((mark) => (
              <>
                <dt>Verified</dt>
                <dd>
                  {`${mark.verifiedAt.slice(0, 10)} by ${mark.verifiedBy}: ${mark.metrics.map((each) => `${each.metric} ${each.reproduced} (claimed ${each.claimed}, within ${each.tolerance})`).join("; ")} `}
                  <a href={`/run/${mark.reproduced}`}>record</a>
                </dd>
              </>
            ))}
            {measured.items.map((again) => (
              <>
                <dt>Measured again</dt>
                <dd>
                  <a href={`/result/${again.result.id}`}>{again.result.modelName}</a>
                </dd>
              </>
            ))}
          </dl>
          <FlagNotes views={[view]} />
          <p class="small">
            Badge: <code>{`/badge/result/${result.id}.svg`}</code>{" "}
            <img src={`/badge/result/${result.id}.svg`} alt={`Badge of ${result.modelName}`} height="20" />
          </p>
        </>
      ),
    });
  });

  app.get("/run/:id/record.json", async (c) => {
    const id = c.req.param("id");
    return c.json(found(await store.get("run", id), "run", id).record);
  });
  app.get("/run/:id", async (c) => {
    const id = c.req.param("id");
    const run = found(await store.get("run", id), "run", id);
    return page(c, { title: `Run ${id.slice(0, 20)}`, children: <RunPage run={run} /> });
  });
}

/** What a record of several runs has beside. */
interface RecordOfRuns {
  runs?: readonly { seed: number; metrics: Record<string, number>; trainingSeconds?: number }[];
  spread?: Record<string, { standardDeviation: number; minimum: number; maximum: number }>;
  differs?: readonly string[];
}

/** Percents to two digits, all others to four. */
function digits(value: number, unit: string | undefined): string {
  return value.toFixed(unit === "percent" ? 2 : 4);
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
    ["Time", `${record.durationSeconds.toFixed(1)} s`],
    ["Record hash", sha256],
  ];
  const series = Object.entries(curves ?? {});
  const units: Readonly<Record<string, string | undefined>> =
    record.formatVersion === 1
      ? Object.fromEntries(Object.keys(record.metrics).map((name) => [name, "percent"]))
      : record.units;
  const { runs: seeds, spread, differs } = record as RecordOfRuns;
  return (
    <>
      <p class="crumbs">
        <a href="/measured">Published against measured</a>
      </p>
      <h1>{`Run ${id}`}</h1>
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
              <th scope="row">{name}</th>
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
                  .map((name) => `#${name}`),
                "#Training, s",
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
              <td class="n">
                {run.trainingSeconds === undefined ? "–" : Math.round(run.trainingSeconds).toLocaleString("en-US")}
              </td>
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
      {series.map(([name, points], index) => (
        <figure>
          {raw(
            svgLineChart([{ name, points, look: (index % 4) as 0 | 1 | 2 | 3, markers: points.length <= 60 }], {
              id: `curve-${index}`,
              title: name,
              xLabel: "step",
              yLabel: name,
            }),
          )}
        </figure>
      ))}
      {series.length === 0 ? <p class="quiet">This record came without curves.</p> : null}
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

interface Line {
  comparison: Comparison;
  measured: Comparison["measured"][number];
  metric: Metric;
  difference: number;
}

function linesOf(comparison: Comparison): Line[] {
  return comparison.measured.flatMap((measured) =>
    Object.entries(measured.differences).flatMap(([id, difference]): Line[] => {
      const metric = comparison.published.table.metrics.find((each) => each.id === id);
      return metric === undefined ? [] : [{ comparison, measured, metric, difference }];
    }),
  );
}

/** One bar a value, from the published number (the middle line) to the measured one. */
function Differences({ lines }: { lines: readonly Line[] }) {
  const inPercent = lines.filter(({ metric }) => metric.unit === "percent").slice(0, 40);
  if (inPercent.length === 0) return null;
  // The published number stands in the middle of what is drawn: to the right where all is worse, to the left where all is better.
  const below = Math.max(0, ...inPercent.map(({ difference }) => -difference));
  const above = Math.max(0, ...inPercent.map(({ difference }) => difference));
  const [width, label, rowHeight] = [960, 380, 30];
  const scale = 420 / Math.max(1, below + above);
  const middle = label + 75 + below * scale;
  const height = inPercent.length * rowHeight + 40;
  return (
    <figure>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-labelledby="differences-title differences-words"
        font-size="13"
      >
        <title id="differences-title">Measured minus published, in points of percent</title>
        <desc id="differences-words">
          {inPercent
            .map(
              ({ comparison, metric, difference }) =>
                `${comparison.published.datasetName} ${metric.name}: ${signed(difference)}`,
            )
            .join("; ")}
        </desc>
        <line x1={middle} x2={middle} y1="6" y2={height - 26} stroke="var(--quiet)" />
        <text x={middle} y={height - 8} text-anchor="middle" fill="var(--quiet)">
          published
        </text>
        {inPercent.map(({ comparison: { published }, measured, metric, difference }, index) => {
          const y = index * rowHeight + 10;
          const length = Math.abs(difference) * scale;
          const text = `${published.datasetName}, ${metric.name}: ${measured.variant?.name ?? measured.result.modelName}`;
          return (
            <g>
              <text x={label} y={y + 15} text-anchor="end" fill="var(--ink)">
                {text.length > 54 ? `${text.slice(0, 53)}…` : text}
              </text>
              <rect
                x={difference < 0 ? middle - length : middle}
                y={y}
                width={Math.max(1, length)}
                height="20"
                fill={difference < 0 ? "var(--b)" : "var(--c)"}
              />
              <text
                x={difference < 0 ? middle - length - 6 : middle + length + 6}
                y={y + 15}
                text-anchor={difference < 0 ? "end" : "start"}
                fill="var(--ink)"
              >
                {signed(difference)}
              </text>
            </g>
          );
        })}
      </svg>
      <figcaption>Measured minus published, in points of percent. The table below says what differs.</figcaption>
    </figure>
  );
}

/** Mean and standard deviation where several seeds ran. */
function Seeds({ runs }: { runs: readonly Run[] }) {
  const seeds = runs.flatMap(({ record }) => record.seeds);
  if (seeds.length < 2) return null;
  return <div class="quiet small">{`${seeds.length} seeds`}</div>;
}

function signed(difference: number): string {
  const text = Math.abs(difference).toFixed(2);
  return difference < 0 ? `−${text}` : `+${text}`;
}
