// Published against measured: this project's runs beside the rows they repeat, with the difference, what differs in protocol and
// the command.

import type { Metric, Run } from "../../schema/index.ts";
import type { Comparison } from "../../store/types.ts";
import type { CatalogueApp, CatalogueSite } from "../environment.ts";
import { page } from "./layout.tsx";
import { FlagNotes, FlagTags, Heads, ModelName, Table, ValueText } from "./parts.tsx";

/** Adds `/measured`. */
export function addMeasuredPage(app: CatalogueApp, site: CatalogueSite): void {
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
