// A model with all its results, each version apart, and up to five models side by side.

import { BiobertError } from "../../../core/index.ts";
import type { ResultView } from "../../store/types.ts";
import { isComparable } from "../../ranking.ts";
import { type CatalogueApp, type CatalogueSite, found } from "../environment.ts";
import { page } from "./layout.tsx";
import {
  FlagNotes,
  FlagTags,
  Heads,
  Markdown,
  ModelName,
  OriginTags,
  Outside,
  PaperLink,
  Table,
  ValueText,
  counted,
} from "./parts.tsx";

/** Adds `/model/ID` and `/compare`. */
export function addModelPages(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/model/:id", async (c) => {
    const id = c.req.param("id");
    const model = found(await store.get("model", id), "model", id);
    const { items } = await store.resultViews({ model: id, limit: 1000 });
    const paper = model.paper === undefined ? undefined : await store.get("paper", model.paper);
    const groups = [
      ...model.variants.map((variant) => ({
        variant,
        views: items.filter((view) => view.result.variant === variant.id),
      })),
      { variant: undefined, views: items.filter((view) => view.variant === undefined) },
    ];
    const [benchmarks, tasks] = [
      new Set(items.map(({ table }) => table.id)).size,
      new Set(items.map(({ table }) => table.task)).size,
    ];
    return page(c, {
      title: model.name,
      children: (
        <>
          <p class="crumbs">
            <a href="/models">Models</a>
          </p>
          <h1>{model.name}</h1>
          <p class="lead">{`${counted(items.length, "result")} on ${counted(benchmarks, "benchmark")} across ${counted(tasks, "task")}, each version apart.`}</p>
          <Markdown text={model.description} />
          {model.aliases.length === 0 ? null : <p class="quiet">{`Also called: ${model.aliases.join(", ")}`}</p>}
          {paper === undefined ? null : (
            <p>
              <a href={`/paper/${paper.id}`}>{paper.title}</a>
            </p>
          )}
          {groups.map(({ variant, views }) =>
            variant === undefined && views.length === 0 ? null : (
              <section aria-labelledby={variant?.id ?? "no-variant"}>
                <h2 id={variant?.id ?? "no-variant"}>{variant?.name ?? "Version not told"}</h2>
                {variant === undefined ? null : (
                  <p class="quiet">
                    {[
                      variant.parametersMillions === undefined
                        ? undefined
                        : `${variant.parametersMillions} million parameters`,
                      variant.corpus,
                      variant.released,
                      variant.aliases.length === 0 ? undefined : `also ${variant.aliases.join(", ")}`,
                      variant.description,
                    ]
                      .filter((part) => part !== undefined)
                      .join(" · ")}{" "}
                    {variant.links.map((link) => (
                      <Outside href={link.url}>{link.title}</Outside>
                    ))}
                  </p>
                )}
                {views.length === 0 ? (
                  <p class="quiet">No results yet.</p>
                ) : (
                  <ModelResults caption={`Results of ${variant?.name ?? model.name}`} views={views} />
                )}
              </section>
            ),
          )}
          <FlagNotes views={items} />
        </>
      ),
    });
  });

  app.get("/compare", async (c) => {
    const wanted = [...new Set(c.req.queries("model") ?? [])].filter((text) => text !== "");
    if (wanted.length > 5) {
      throw new BiobertError({
        code: "usage",
        message: `five models are compared at most, not ${wanted.length}`,
        hint: "Go back and mark fewer.",
      });
    }
    const parsed = wanted.map((text) => {
      const [model = "", variant] = text.split(":", 2);
      return { model, ...(variant === undefined ? {} : { variant }) };
    });
    for (const { model } of parsed) found(await store.get("model", model), "model", model);
    const { models, rows } = parsed.length === 0 ? { models: [], rows: [] } : await store.compareModels(parsed);
    return page(c, {
      title: "Compare models",
      children: (
        <>
          <h1>Compare models</h1>
          {models.length < 2 ? (
            <p class="notice">
              Mark two to five models in a <a href="/sota">leaderboard</a> and press "Compare the marked models".
            </p>
          ) : (
            <>
              <p class="lead">
                Tables in which at least two of them have a number; the best in bold. Read the flaws: not every row was
                made by one protocol.
              </p>
              <Table
                caption="Models side by side"
                head={<Heads names={["Benchmark", "Metric", ...models.map(({ name }) => `#${name}`)]} />}
              >
                {rows.map(({ table, metric, values }) => {
                  const numbers = values
                    .filter((view) => view !== undefined && isComparable(view))
                    .flatMap((view) => view!.result.values[metric.id]?.value ?? []);
                  const best = metric.isLoss ? Math.min(...numbers) : Math.max(...numbers);
                  return (
                    <tr>
                      <th scope="row">
                        <a href={`/benchmark/${table.id}`}>
                          {table.name ??
                            `${values.find((view) => view !== undefined)?.taskName} on ${values.find((view) => view !== undefined)?.datasetName}`}
                        </a>
                      </th>
                      <td>{metric.name}</td>
                      {values.map((view) => {
                        const value = view?.result.values[metric.id];
                        const text = <ValueText value={value} metric={metric} />;
                        return (
                          <td class="n">
                            {value?.value === best && isComparable(view!) ? <strong>{text}</strong> : text}
                            {view !== undefined && view.flags.length > 0 ? (
                              <>
                                {" "}
                                <FlagTags flags={view.flags} />
                              </>
                            ) : null}
                          </td>
                        );
                      })}
                    </tr>
                  );
                })}
              </Table>
              {rows.length === 0 ? <p class="quiet">They have no benchmark in common.</p> : null}
              <FlagNotes views={rows.flatMap(({ values }) => values.filter((view) => view !== undefined))} />
            </>
          )}
        </>
      ),
    });
  });
}

/** Results of a model or a paper, one row each. */
export function ModelResults({
  caption,
  views,
  withModel = false,
}: {
  caption: string;
  views: readonly ResultView[];
  withModel?: boolean;
}) {
  const names = ["Task", "Dataset", "Values", "#Rank", "Date", withModel ? "Model" : "Paper", "Source", "Flaws"];
  return (
    <Table caption={caption} head={<Heads names={names} />}>
      {views.map((view) => (
        <tr class={view.result.origin === "measured" ? "own" : undefined}>
          <td>
            <a href={`/task/${view.table.task}`}>{view.taskName}</a>
          </td>
          <th scope="row">
            <a href={`/benchmark/${view.table.id}`}>{view.datasetName}</a>
          </th>
          <td class="values">
            {Object.entries(view.result.values).map(([id, value]) => {
              const metric = view.table.metrics.find((each) => each.id === id);
              return (
                <div class="value">
                  {`${metric?.name ?? id} `}
                  <strong>
                    <ValueText value={value} metric={metric} />
                  </strong>
                </div>
              );
            })}
          </td>
          <td class="n">{view.rank ?? "–"}</td>
          <td class="d">{view.result.date ?? "–"}</td>
          <td class="w">{withModel ? <ModelName view={view} /> : <PaperLink view={view} />}</td>
          <td>
            <OriginTags view={view} />
          </td>
          <td>
            <FlagTags flags={view.flags} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
