// Home, the task tree, the list of benchmarks, and the plain lists: datasets, papers, methods, models, search.

import { raw } from "hono/html";
import { escapeHtml } from "../../../evaluation/index.ts";
import { formatValue } from "../../ranking.ts";
import type { Task } from "../../schema/index.ts";
import type { ResultView, SearchHit, TableSummary } from "../../store/types.ts";
import { type CatalogueApp, type CatalogueSite, type RouteContext, found, pageNumber } from "../environment.ts";
import { page } from "./layout.tsx";
import { Heads, Markdown, Pager, Table, counted } from "./parts.tsx";

const SIZE = 50;

/** Adds `/`, `/tasks`, `/task/ID`, `/sota`, `/search` and the lists. */
export function addListPages(app: CatalogueApp, site: CatalogueSite): void {
  const { store } = site;
  app.get("/", async (c) => {
    const [notable, counts, newest] = await Promise.all([
      store.tableSummaries({ order: "notable", limit: 12 }),
      store.counts(),
      store.newestResults({ limit: 8 }),
    ]);
    return page(c, {
      title: "Results of biomedical text mining",
      description:
        "Published results of BioBERT and its peers beside what was measured again, each with a way back to its source.",
      children: (
        <>
          <h1>Results of biomedical text mining</h1>
          <p class="lead">
            Published numbers beside measured ones: every value has its source, its metric's definition and its model's
            version, and what was measured here has the command that measures it again.{" "}
            <a href="/measured">See published against measured.</a>
          </p>
          <ul class="figures">
            {(
              [
                ["result", "results", "/sota"],
                ["table", "benchmarks", "/sota"],
                ["task", "tasks", "/tasks"],
                ["dataset", "datasets", "/datasets"],
                ["paper", "papers", "/papers"],
                ["model", "models", "/models"],
                ["run", "measured runs", "/measured"],
              ] as const
            ).map(([kind, name, href]) => (
              <li>
                <a href={href}>
                  <b>{counts[kind].toLocaleString("en-US")}</b> {name}
                </a>
              </li>
            ))}
          </ul>
          <h2>Notable benchmarks</h2>
          <TableCards summaries={notable.items} />
          <p>
            <a href="/sota">{`All ${counted(notable.count, "benchmark")}`}</a>
          </p>
          <h2>Newest results</h2>
          <ul>
            {newest.map(({ view, addedAt }) => (
              <li>
                <a href={`/result/${view.result.id}`}>{view.result.modelName}</a> on{" "}
                <a href={`/benchmark/${view.table.id}`}>{view.datasetName}</a>
                {firstValue(view)} <span class="tag">{view.result.origin}</span>{" "}
                <span class="quiet small">{addedAt.slice(0, 10)}</span>
              </li>
            ))}
          </ul>
        </>
      ),
    });
  });

  app.get("/tasks", async (c) => {
    const { items: roots, count } = await store.list("task", { root: true, limit: 1000 });
    const areas = (await store.list("area", { limit: 1000 })).items;
    const total = (await store.counts()).task;
    // A small catalogue's tree is shown whole; of a large one the roots.
    const all = total <= 1000 ? (await store.list("task", { limit: 1000 })).items : roots;
    const children = total <= 1000 ? await childrenOf(all) : new Map<string, Task[]>();
    const byId = new Map(all.map((task) => [task.id, task]));
    /** Tasks of an area that hang below no other of it. */
    const topOf = (area: string): Task[] =>
      all.filter(
        (task) => task.areas.includes(area) && !task.parents.some((id) => byId.get(id)?.areas.includes(area) === true),
      );
    const items = roots;
    return page(c, {
      title: "Tasks",
      children: (
        <>
          <h1>Tasks</h1>
          <p class="lead">{`${counted(total, "task")}, ${counted(areas.length, "area")}.`}</p>
          {areas.map((area) => {
            const top = topOf(area.id);
            return top.length === 0 ? null : (
              <section aria-labelledby={`area-${area.id}`}>
                <h2 id={`area-${area.id}`}>{area.name}</h2>
                <Tree tasks={top} childrenOf={children} seen={[]} />
              </section>
            );
          })}
          {items.some((task) => task.areas.length === 0) ? (
            <section aria-labelledby="no-area">
              <h2 id="no-area">{areas.length === 0 ? "All" : "Other"}</h2>
              <Tree tasks={items.filter((task) => task.areas.length === 0)} childrenOf={children} seen={[]} />
            </section>
          ) : null}
          {count > items.length ? (
            <p>{`Of ${count} tasks without a parent ${items.length} are shown; use the search for the others.`}</p>
          ) : null}
        </>
      ),
    });
  });

  app.get("/task/:id", async (c) => {
    const id = c.req.param("id");
    const task = found(await store.get("task", id), "task", id);
    const number = pageNumber(c.req.query("page"));
    const [tables, parents, parts, papers] = await Promise.all([
      store.tableSummaries({ task: id, limit: 200 }),
      store.getMany("task", task.parents),
      store.list("task", { parent: id, limit: 200 }),
      store.list("paper", { task: id, limit: 20, offset: (number - 1) * 20 }),
    ]);
    return page(c, {
      title: task.name,
      feed: `/feed/results.atom?task=${encodeURIComponent(id)}`,
      children: (
        <>
          <p class="crumbs">
            <a href="/tasks">Tasks</a>
            {parents.map((parent) => (
              <>
                {" › "}
                <a href={`/task/${parent.id}`}>{parent.name}</a>
              </>
            ))}
          </p>
          <h1>{task.name}</h1>
          {task.aliases.length === 0 ? null : <p class="quiet">{`Also: ${task.aliases.join(", ")}`}</p>}
          <Markdown text={task.description} />
          {parts.items.length === 0 ? null : (
            <>
              <h2>Parts</h2>
              <ul class="tags">
                {parts.items.map((part) => (
                  <li>
                    <a class="tag" href={`/task/${part.id}`}>
                      {part.name}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
          <h2>Benchmarks</h2>
          {tables.items.length === 0 ? <p class="quiet">None yet.</p> : <TableCards summaries={tables.items} />}
          <h2>Papers</h2>
          <ul>
            {papers.items.map((paper) => (
              <li>
                <a href={`/paper/${paper.id}`}>{paper.title}</a> <span class="quiet small">{paper.date}</span>
              </li>
            ))}
          </ul>
          {papers.items.length === 0 ? <p class="quiet">None yet.</p> : null}
          <Pager url={c.req.url} page={number} size={20} count={papers.count} isCapped={papers.isCapped} />
        </>
      ),
    });
  });

  app.get("/sota", async (c) => {
    const number = pageNumber(c.req.query("page"));
    const area = c.req.query("area") || undefined;
    const order = (["notable", "newest", "name"] as const).find((each) => each === c.req.query("order")) ?? "notable";
    const [tables, areas] = await Promise.all([
      store.tableSummaries({ area, order, limit: SIZE, offset: (number - 1) * SIZE }),
      store.list("area", { limit: 200 }),
    ]);
    return page(c, {
      title: "State of the art",
      children: (
        <>
          <h1>State of the art</h1>
          <p class="lead">{`${counted(tables.count, "benchmark")}: a task on a dataset, each with its best result so far.`}</p>
          <form class="panel row" method="get">
            <div class="field">
              <label for="area">Area</label>
              <select id="area" name="area">
                <option value="">all</option>
                {areas.items.map((each) => (
                  <option value={each.id} selected={each.id === area}>
                    {each.name}
                  </option>
                ))}
              </select>
            </div>
            <div class="field">
              <label for="order">Order</label>
              <select id="order" name="order">
                {(["notable", "newest", "name"] as const).map((each) => (
                  <option value={each} selected={each === order}>
                    {{ notable: "most results", newest: "newest result", name: "by name" }[each]}
                  </option>
                ))}
              </select>
            </div>
            <button>Show</button>
          </form>
          <SummaryTable summaries={tables.items} />
          <Pager url={c.req.url} page={number} size={SIZE} count={tables.count} />
        </>
      ),
    });
  });

  for (const [path, kind, title] of [
    ["/datasets", "dataset", "Datasets"],
    ["/papers", "paper", "Papers"],
    ["/methods", "method", "Methods"],
    ["/models", "model", "Models"],
  ] as const) {
    app.get(path, async (c) => {
      const number = pageNumber(c.req.query("page"));
      const q = c.req.query("q") || undefined;
      const { items, ...rest } = await store.list(kind, { q, limit: SIZE, offset: (number - 1) * SIZE });
      return page(c, {
        title,
        children: (
          <>
            <h1>{title}</h1>
            <form class="panel row" method="get">
              <div class="field">
                <label for="q">Words</label>
                <input id="q" type="search" name="q" value={q ?? ""} />
              </div>
              <button>Find</button>
            </form>
            <p class="quiet">{`${rest.isCapped === true ? "More than " : ""}${counted(rest.count, kind)}`}</p>
            <ul>
              {items.map((item) => (
                <li>
                  <a href={`/${kind}/${item.id}`}>{"title" in item ? item.title : item.name}</a>{" "}
                  <span class="quiet small">
                    {"authors" in item
                      ? [item.authors[0], item.date].filter(Boolean).join(", ")
                      : firstWords(item.description)}
                  </span>
                </li>
              ))}
            </ul>
            <Pager url={c.req.url} page={number} size={SIZE} {...rest} />
          </>
        ),
      });
    });
  }

  app.get("/search", (c) => searchPage(c, site));
}

async function searchPage(c: RouteContext, { store }: CatalogueSite): Promise<Response> {
  const q = (c.req.query("q") ?? "").slice(0, 400);
  const kinds = (["task", "dataset", "paper", "method", "model"] as const).filter(
    (kind) => kind === c.req.query("kind"),
  );
  const number = pageNumber(c.req.query("page"));
  const hits = await store.search(q, {
    ...(kinds.length === 0 ? {} : { kinds: [...kinds] }),
    limit: 30,
    offset: (number - 1) * 30,
  });
  return page(c, {
    title: q === "" ? "Search" : `Search: ${q}`,
    children: (
      <>
        <h1>Search</h1>
        <form class="panel row" method="get">
          <div class="field">
            <label for="search-words">Words, "phrases", -without, or</label>
            <input id="search-words" type="search" name="q" value={q} />
          </div>
          <div class="field">
            <label for="kind">Among</label>
            <select id="kind" name="kind">
              <option value="">everything</option>
              {(["task", "dataset", "paper", "method", "model"] as const).map((kind) => (
                <option value={kind} selected={kinds[0] === kind}>
                  {`${kind}s`}
                </option>
              ))}
            </select>
          </div>
          <button>Search</button>
        </form>
        {q === "" ? null : (
          <p role="status">{`${hits.isCapped === true ? "More than " : ""}${counted(hits.count, "hit")}`}</p>
        )}
        <ol start={(number - 1) * 30 + 1}>
          {hits.items.map((hit) => (
            <li>
              <a href={`/${hit.kind}/${hit.id}`}>{hit.title}</a> <span class="tag">{hit.kind}</span>{" "}
              <span class="quiet small">{hit.date}</span>
              <Excerpt hit={hit} />
            </li>
          ))}
        </ol>
        <Pager url={c.req.url} page={number} size={30} count={hits.count} isCapped={hits.isCapped} />
      </>
    ),
  });
}

function Excerpt({ hit }: { hit: SearchHit }) {
  if (hit.excerpt === "") return null;
  return (
    <p class="small quiet">
      {raw(escapeHtml(hit.excerpt).replaceAll("\ue000", "<mark>").replaceAll("\ue001", "</mark>"))}
    </p>
  );
}

async function childrenOf(tasks: readonly Task[]): Promise<Map<string, Task[]>> {
  const children = new Map<string, Task[]>();
  for (const task of tasks)
    for (const parent of task.parents) children.set(parent, [...(children.get(parent) ?? []), task]);
  return children;
}

/** A task that hangs in several places is shown in each; one that is its own ancestor ends the branch. */
function Tree({
  tasks,
  childrenOf: children,
  seen,
}: {
  tasks: readonly Task[];
  childrenOf: Map<string, Task[]>;
  seen: string[];
}) {
  return (
    <ul class={seen.length === 0 ? "tree" : undefined}>
      {tasks
        .filter(({ id }) => !seen.includes(id))
        .map((task) => {
          const below = children.get(task.id) ?? [];
          return (
            <li>
              <a href={`/task/${task.id}`}>{task.name}</a>
              {below.length === 0 || seen.length > 6 ? null : (
                <Tree tasks={below} childrenOf={children} seen={[...seen, task.id]} />
              )}
            </li>
          );
        })}
    </ul>
  );
}

/** A result's number in its table's first metric. */
function firstValue({ table: { metrics }, result }: ResultView): string {
  const value = metrics[0] === undefined ? undefined : result.values[metrics[0].id];
  return value === undefined ? "" : `: ${metrics[0]!.name} ${formatValue(value, metrics[0])}`;
}

/** Benchmarks as cards. */
export function TableCards({ summaries }: { summaries: readonly TableSummary[] }) {
  return (
    <ul class="cards">
      {summaries.map(({ table, taskName, datasetName, resultCount, metric, best }) => (
        <li class="card">
          <h3>
            <a href={`/benchmark/${table.id}`}>{datasetName}</a>
          </h3>
          <p class="small quiet">{`${taskName}${table.name === undefined ? "" : `, ${table.name}`} · ${counted(resultCount, "result")}`}</p>
          {best === undefined || metric === undefined ? null : (
            <p>
              <strong>{`${metric.name} ${formatValue(best.shown, metric)}`}</strong> {best.modelName}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function SummaryTable({ summaries }: { summaries: readonly TableSummary[] }) {
  return (
    <Table
      caption="Benchmarks"
      head={<Heads names={["Task", "Dataset", "Best model", "Metric", "#Value", "#Results", "Date"]} />}
    >
      {summaries.map(({ table, taskName, datasetName, resultCount, metric, best }) => (
        <tr>
          <td>
            <a href={`/task/${table.task}`}>{taskName}</a>
          </td>
          <th scope="row">
            <a
              href={`/benchmark/${table.id}`}
            >{`${datasetName}${table.name === undefined ? "" : `, ${table.name}`}`}</a>
          </th>
          <td>{best === undefined ? "–" : <a href={`/result/${best.result}`}>{best.modelName}</a>}</td>
          <td>{metric?.name ?? "–"}</td>
          <td class="n">{best === undefined ? "–" : formatValue(best.shown, metric)}</td>
          <td class="n">{resultCount}</td>
          <td class="d">{best?.date ?? "–"}</td>
        </tr>
      ))}
    </Table>
  );
}

function firstWords(text: string): string {
  const plain = text.replaceAll(/\s+/g, " ").trim();
  return plain.length <= 140 ? plain : `${plain.slice(0, 139)}…`;
}
