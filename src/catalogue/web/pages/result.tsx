// One result with its way back: the values as published and on the metric's scale, where they stand, the runs behind them, who measured
// it again.

import { formatValue } from "../../ranking.ts";
import type { Source } from "../../schema/index.ts";
import { type CatalogueApp, type CatalogueSite, found } from "../environment.ts";
import { page } from "./layout.tsx";
import { MetricFacts } from "./leaderboard.tsx";
import { FlagNotes, Heads, Links, ModelName, OriginTags, Outside, PaperLink, Table } from "./parts.tsx";

/** Adds `/result/ID`. */
export function addResultPage(app: CatalogueApp, { store }: CatalogueSite): void {
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
      pageOf(result.source),
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
                  <Links links={result.codeLinks} />
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
}

/** The page, or that nobody has written it down: a reader with the paper in hand can tell. */
function pageOf({ paper, table, page: number }: Source): string | undefined {
  if (number !== undefined) return `page ${number}`;
  return paper !== undefined && table !== undefined ? "page not recorded" : undefined;
}
