// A leaderboard: ranked by a metric in its direction, with figures, filters, and models to compare; everything in the address.

import { compareValues } from "../../ranking.ts";
import type { EvaluationTable, Metric } from "../../schema/index.ts";
import type { Leaderboard, LeaderboardRow } from "../../store/types.ts";
import { type CatalogueApp, type CatalogueSite, type RouteContext, found, pageNumber } from "../environment.ts";
import { ParetoChart, TimeChart } from "./chart.tsx";
import { page } from "./layout.tsx";
import {
  FlagNotes,
  FlagTags,
  Heads,
  Markdown,
  ModelName,
  OriginTags,
  Outside,
  Pager,
  PaperLink,
  Table,
  ValueText,
  counted,
} from "./parts.tsx";

const SIZE = 200;
const ORDERS = {
  rank: "best first",
  worst: "worst first",
  newest: "newest first",
  oldest: "oldest first",
  name: "by model name",
} as const;
type OrderName = keyof typeof ORDERS;

/** Adds `/benchmark/ID`. */
export function addLeaderboardPage(app: CatalogueApp, site: CatalogueSite): void {
  app.get("/benchmark/:id", async (c) => {
    const id = c.req.param("id");
    const settings = settingsOf(c);
    const board = found(await site.store.leaderboard(id, settings), "benchmark", id);
    const rows = ordered(board.rows, settings.order);
    const number = pageNumber(c.req.query("page"));
    const shown = rows.slice((number - 1) * SIZE, number * SIZE);
    const { table, task, dataset, metric } = board;
    const name = table.name === undefined ? "" : `, ${table.name}`;
    return page(c, {
      title: `${task.name} on ${dataset.name}`,
      feed: `/feed/results.atom?table=${encodeURIComponent(table.id)}`,
      children: (
        <>
          <p class="crumbs">
            <a href="/sota">State of the art</a> › <a href={`/task/${task.id}`}>{task.name}</a>
          </p>
          <h1>
            {`${task.name} on `}
            <a href={`/dataset/${dataset.id}`}>{dataset.name}</a>
            {name}
          </h1>
          <Markdown text={table.description} />
          {metric === undefined ? <p class="quiet">This table has no metric yet.</p> : <MetricFacts metric={metric} />}
          <Settings board={board} settings={settings} />
          {settings.view === "size" ? (
            <ParetoChart board={board} against={againstOf(table, settings.against)} />
          ) : (
            <TimeChart board={board} />
          )}
          <p role="status" class="quiet">
            {`${counted(board.rows.length, "result")}${board.rows.length < board.count ? ` of ${board.count}` : ""}`}
            {board.rows.some((row) => row.value !== undefined && row.rank === undefined)
              ? ". Rows that were counted by another protocol stand in their place without a rank."
              : ""}
          </p>
          <form action="/compare" method="get">
            <Rows board={board} rows={shown} />
            {shown.some(({ model }) => model !== undefined) ? (
              <p>
                <button>Compare the marked models</button> <span class="hint">up to five</span>
              </p>
            ) : null}
          </form>
          <Pager url={c.req.url} page={number} size={SIZE} count={rows.length} />
          <FlagNotes views={shown} />
          <p>
            <a href={`/submit?table=${encodeURIComponent(table.id)}`}>Submit a result</a> ·{" "}
            <a href={`/benchmark/${table.id}.csv`}>CSV</a> · <a href={`/benchmark/${table.id}.json`}>JSON</a> ·{" "}
            <a href={`/feed/results.atom?table=${encodeURIComponent(table.id)}`}>Feed</a>
            {table.mirrorUrl === undefined ? null : (
              <>
                {" · "}
                <Outside href={table.mirrorUrl}>Mirrors this table</Outside>
              </>
            )}
          </p>
          {table.reproduce === undefined ? null : (
            <p>
              Measure it yourself: <code>{`npx biobert reproduce ${table.reproduce}`}</code>
            </p>
          )}
        </>
      ),
    });
  });
}

interface Settings {
  metric?: string;
  hideExtraData: boolean;
  onlyVerified: boolean;
  onlyWithCode: boolean;
  origins?: string[];
  model?: string;
  order: OrderName;
  view: "time" | "size";
  against: string;
}

function settingsOf(c: RouteContext): Settings {
  const is = (name: string): boolean => ["1", "on", "true"].includes(c.req.query(name) ?? "");
  const origin = c.req.query("origin");
  return {
    metric: c.req.query("metric") || undefined,
    hideExtraData: is("hide_extra"),
    onlyVerified: is("verified"),
    onlyWithCode: is("code"),
    origins: origin ? [origin] : undefined,
    model: c.req.query("model") || undefined,
    order: (Object.keys(ORDERS) as OrderName[]).find((each) => each === c.req.query("order")) ?? "rank",
    view: c.req.query("view") === "size" ? "size" : "time",
    against: c.req.query("against") ?? "",
  };
}

function againstOf(table: EvaluationTable, id: string): Metric | undefined {
  return table.metrics.find((metric) => metric.id === id && metric.isLoss);
}

/** Ranks stay those by value, whatever the order of the rows. */
function ordered(rows: readonly LeaderboardRow[], order: OrderName): LeaderboardRow[] {
  const text = (left: string, right: string): number => (left < right ? -1 : Number(left > right));
  const copy = [...rows];
  if (order === "worst") return copy.sort((a, b) => compareValues(b.rank, a.rank, true));
  if (order === "newest") return copy.sort((a, b) => text(b.result.date ?? "", a.result.date ?? ""));
  if (order === "oldest") return copy.sort((a, b) => text(a.result.date ?? "9999", b.result.date ?? "9999"));
  if (order === "name")
    return copy.sort((a, b) => text(a.result.modelName.toLowerCase(), b.result.modelName.toLowerCase()));
  return copy;
}

/** What the metric is, exactly. */
export function MetricFacts({ metric }: { metric: Metric }) {
  const facts: [string, string | undefined][] = [
    ["Definition", metric.definition || undefined],
    ["Averaging", metric.averaging],
    ["Classes", metric.classes?.join(", ")],
    ["Split", metric.split],
    ["Scorer", metric.scorer],
    ["Protocol", metric.protocol],
    ["Direction", metric.isLoss ? "lower is better" : "higher is better"],
  ];
  return (
    <details>
      <summary>
        Metric: <strong>{metric.name}</strong>
        {metric.unit === "percent"
          ? ", percent"
          : metric.unit === "fraction"
            ? ", 0 to 1"
            : metric.unitName === undefined
              ? ""
              : `, ${metric.unitName}`}
        {metric.isLoss ? ", lower is better" : ", higher is better"}
      </summary>
      <dl class="facts">
        {facts.map(([name, text]) =>
          text === undefined ? null : (
            <>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </>
          ),
        )}
      </dl>
    </details>
  );
}

function Settings({ board: { table, metric }, settings }: { board: Leaderboard; settings: Settings }) {
  const check = (name: string, isOn: boolean, text: string) => (
    <label>
      <input type="checkbox" name={name} value="1" checked={isOn} /> {text}
    </label>
  );
  const costs = table.metrics.filter(({ isLoss, id }) => isLoss && id !== metric?.id);
  return (
    <form class="panel" method="get" aria-label="What the table shows">
      <div class="row">
        <div class="field">
          <label for="metric">Metric</label>
          <select id="metric" name="metric">
            {table.metrics.map((each) => (
              <option value={each.id} selected={each.id === metric?.id}>
                {each.name}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="order">Order</label>
          <select id="order" name="order">
            {Object.entries(ORDERS).map(([value, text]) => (
              <option value={value} selected={value === settings.order}>
                {text}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="view">Figure</label>
          <select id="view" name="view">
            <option value="time" selected={settings.view === "time"}>
              over time
            </option>
            <option value="size" selected={settings.view === "size"}>
              against a cost
            </option>
          </select>
        </div>
        {costs.length === 0 && settings.view === "time" ? null : (
          <div class="field">
            <label for="against">Cost</label>
            <select id="against" name="against">
              <option value="">parameters</option>
              {costs.map((each) => (
                <option value={each.id} selected={each.id === settings.against}>
                  {each.name}
                </option>
              ))}
            </select>
          </div>
        )}
        <div class="field">
          <label for="origin">Source</label>
          <select id="origin" name="origin">
            <option value="">all</option>
            {["archive", "paper", "measured", "submitted", "imported"].map((each) => (
              <option value={each} selected={settings.origins?.[0] === each}>
                {each}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="model">Model's name has</label>
          <input id="model" name="model" value={settings.model ?? ""} size={14} />
        </div>
        {check("hide_extra", settings.hideExtraData, "Hide extra data")}
        {check("verified", settings.onlyVerified, "Only verified")}
        {check("code", settings.onlyWithCode, "Only with code")}
        <button>Show</button>
      </div>
    </form>
  );
}

/** `F1, %`: the unit stands in the head, so that digits stand under digits. */
function headOf({ name, unit, unitName }: Metric): string {
  return `#${name}${unit === "percent" ? ", %" : unitName === undefined ? "" : `, ${unitName}`}`;
}

function Rows({ board, rows }: { board: Leaderboard; rows: readonly LeaderboardRow[] }) {
  const { table, metric } = board;
  const withSize = rows.some(({ variant }) => variant?.parametersMillions !== undefined);
  const withCode = rows.some(({ codeCount }) => codeCount > 0);
  const names = [
    "Mark",
    "#Rank",
    "Model",
    ...table.metrics.map(headOf),
    ...(withSize ? ["#Params, M"] : []),
    "Date",
    "Paper",
    ...(withCode ? ["#Code"] : []),
    "Source",
    "Flaws",
  ];
  return (
    <Table caption={`Results by ${metric?.name ?? "name"}`} head={<Heads names={names} />}>
      {rows.map((row) => {
        const { result, model, variant } = row;
        const key = model === undefined ? undefined : `${model.id}${variant === undefined ? "" : `:${variant.id}`}`;
        return (
          <tr id={`row-${result.id}`} class={result.origin === "measured" ? "own" : undefined}>
            <td class="slim">
              {key === undefined ? null : (
                <input
                  type="checkbox"
                  name="model"
                  value={key}
                  aria-label={`Compare ${variant?.name ?? model!.name}`}
                />
              )}
            </td>
            <td class="n">{row.rank ?? "–"}</td>
            <th scope="row">
              <ModelName view={row} />{" "}
              {result.extraData ? (
                <span class="tag" title="Trained on more data than the benchmark's own">
                  extra data
                </span>
              ) : null}
            </th>
            {table.metrics.map((each) => (
              <td class="n">
                {each.id === metric?.id ? (
                  <strong>
                    <ValueText value={result.values[each.id]} metric={each} isBare />
                  </strong>
                ) : (
                  <ValueText value={result.values[each.id]} metric={each} isBare />
                )}
              </td>
            ))}
            {withSize ? (
              <td class="n">
                {variant?.parametersMillions ?? "–"}{" "}
                {row.isOnParetoFront === true ? (
                  <span class="tag" title="No other is both smaller and better">
                    front
                  </span>
                ) : null}
              </td>
            ) : null}
            <td class="d">{result.date ?? "–"}</td>
            <td class="w">
              <PaperLink view={row} />
            </td>
            {withCode ? <td class="n">{row.codeCount === 0 ? "–" : row.codeCount}</td> : null}
            <td>
              <OriginTags view={row} />
            </td>
            <td>
              <FlagTags flags={row.flags} />
            </td>
          </tr>
        );
      })}
    </Table>
  );
}
