// Every kind of page and API route of the catalogue with addresses to ask for: entities spread over the whole of each kind, first
// and far pages of each list, common and rare words.

import type { CatalogueStore, EntityOf, Kind } from "../../src/catalogue/index.ts";

/** Route pattern to the addresses that stand for it. */
export async function routesOf(store: CatalogueStore, entities: number): Promise<Record<string, string[]>> {
  const ids = async (kind: Kind) => (await spread(store, kind, entities)).map(({ id }) => id);
  const [task, dataset, table, method, model, result, run] = await Promise.all(
    (["task", "dataset", "table", "method", "model", "result", "run"] as const).map(ids),
  );
  const papers = await spread(store, "paper", entities);
  const paper = papers.map(({ id }) => id);
  const large = (await store.tableSummaries({ order: "notable", limit: 5 })).items.map((each) => each.table.id);
  const areas = (await store.list("area", { limit: 20 })).items.map(({ id }) => id);
  const links = (await spread(store, "codeLink", entities)).map(({ url }) => new URL(url).pathname.split("/"));
  const conferences = (await store.conferences({ limit: 5 })).items.map(({ id }) => id);
  const proceedings = await Promise.all(
    conferences.map(async (id) => `${id}/proceedings/${(await store.proceedings(id)).items[0]!.id}`),
  );
  const authors = papers.flatMap(({ authors: names }) => names.slice(0, 1));
  const authorIds = (
    await Promise.all(authors.map(async (name) => store.authors({ nameContains: name, limit: 1 })))
  ).flatMap(({ items }) => items.slice(0, 1).map(({ id }) => id));
  const words = wordsOf(papers);
  const api = "/api/v1";
  const of = (values: readonly string[], path: (value: string) => string): string[] =>
    values.map((value) => path(encodeURIComponent(value)));
  const pages = (path: string, ...numbers: number[]): string[] =>
    numbers.map((number) => `${path}${path.includes("?") ? "&" : "?"}page=${number}`);
  const papersCount = (await store.counts()).paper;
  const last = Math.max(1, Math.floor(papersCount / 50));
  return {
    "/": ["/", "/", "/", "/", "/"],
    "/tasks": ["/tasks", "/tasks", "/tasks"],
    "/task/ID": of(task!, (id) => `/task/${id}`),
    "/sota": [
      ...pages("/sota", 1, 2, 20),
      "/sota?order=newest",
      "/sota?order=name",
      ...of(areas, (id) => `/sota?area=${id}`),
    ],
    "/benchmark/ID": of(table!, (id) => `/benchmark/${id}`),
    "/benchmark/ID, the five longest": large.map((id) => `/benchmark/${id}`),
    "/benchmark/ID.csv": of(table!.slice(0, 10), (id) => `/benchmark/${id}.csv`),
    "/datasets": [...pages("/datasets", 1, 10, 100), ...of(words, (word) => `/datasets?q=${word}`)],
    "/dataset/ID": of(dataset!, (id) => `/dataset/${id}`),
    "/papers": pages("/papers", 1, 2, 100, Math.floor(last / 2), last),
    "/papers?q=": [
      ...of(words, (word) => `/papers?q=${word}`),
      ...of(words.slice(0, 3), (word) => `/papers?q=${word}&page=5`),
    ],
    "/paper/ID": of(paper, (id) => `/paper/${id}`),
    "/methods": pages("/methods", 1, 50),
    "/method/ID": of(method!, (id) => `/method/${id}`),
    "/models": ["/models"],
    "/model/ID": of(model!, (id) => `/model/${id}`),
    "/compare": ["/compare?model=biobert:biobert-v1.1&model=bert&model=biolinkbert"],
    "/measured": ["/measured", "/measured", "/measured"],
    "/result/ID": of(result!, (id) => `/result/${id}`),
    "/run/ID": of(run!, (id) => `/run/${id}`),
    "/search": [...of(words, (word) => `/search?q=${word}`), ...of(words, (word) => `/search?q=${word}+${words[0]}`)],
    "/submit": ["/submit", ...of(table!.slice(0, 5), (id) => `/submit?table=${id}`)],
    "/history": ["/history", "/history", "/history"],
    "/about": ["/about", "/about", "/about"],
    "/feed": [
      "/feed/results.atom",
      "/feed/results.json",
      ...of(table!.slice(0, 5), (id) => `/feed/results.atom?table=${id}`),
    ],
    "/badge": [
      ...of(result!.slice(0, 10), (id) => `/badge/result/${id}.svg`),
      ...of(paper.slice(0, 10), (id) => `/badge/paper/${id}.svg`),
    ],
    "/export/KIND (first bytes)": ["/export/paper.json", "/export/result.csv"],
    "/api/docs": ["/api/docs"],
    [`${api}/search`]: of(words, (word) => `${api}/search/?q=${word}`),
    [`${api}/papers`]: [
      ...pages(`${api}/papers/`, 1, 2, 100, last),
      ...of(words, (word) => `${api}/papers/?title=${word}`),
      ...of(words, (word) => `${api}/papers/?abstract=${word}`),
      ...of(papers.flatMap(({ arxivId }) => arxivId ?? []).slice(0, 10), (id) => `${api}/papers/?arxiv_id=${id}`),
    ],
    [`${api}/papers/ID`]: of(paper, (id) => `${api}/papers/${id}/`),
    [`${api}/papers/ID/...`]: of(paper.slice(0, 10), (id) => id).flatMap((id) =>
      ["datasets", "repositories", "tasks", "methods", "results"].map((part) => `${api}/papers/${id}/${part}/`),
    ),
    [`${api}/repositories`]: [
      ...pages(`${api}/repositories/`, 1, 100),
      `${api}/repositories/?framework=pytorch`,
      ...links.slice(0, 10).map(([, owner, name]) => `${api}/repositories/?owner=${owner}&name=${name}`),
    ],
    [`${api}/repositories/OWNER/NAME`]: links.flatMap(([, owner, name]) => [
      `${api}/repositories/${owner}/${name}/`,
      `${api}/repositories/${owner}/${name}/papers/`,
    ]),
    [`${api}/authors`]: [
      ...pages(`${api}/authors/`, 1, 100, 1000),
      ...of(authors.slice(0, 10), (name) => `${api}/authors/?full_name=${name}`),
    ],
    [`${api}/authors/ID`]: of(authorIds, (id) => `${api}/authors/${id}/`),
    [`${api}/authors/ID/papers`]: of(authorIds, (id) => `${api}/authors/${id}/papers/`),
    [`${api}/conferences`]: [
      `${api}/conferences/`,
      ...of(conferences, (id) => `${api}/conferences/${id}/proceedings/`),
    ],
    [`${api}/conferences/.../papers`]: proceedings.map((path) => `${api}/conferences/${path}/papers/`),
    [`${api}/areas`]: [`${api}/areas/`, ...of(areas, (id) => `${api}/areas/${id}/tasks/`)],
    [`${api}/tasks`]: [
      ...pages(`${api}/tasks/`, 1, 50),
      ...of(words.slice(0, 5), (word) => `${api}/tasks/?name=${word}`),
    ],
    [`${api}/tasks/ID/...`]: of(task!.slice(0, 10), (id) => id).flatMap((id) =>
      ["", "parents/", "children/", "papers/", "evaluations/"].map((part) => `${api}/tasks/${id}/${part}`),
    ),
    [`${api}/datasets`]: [
      ...pages(`${api}/datasets/`, 1, 100),
      ...of(words.slice(0, 5), (word) => `${api}/datasets/?q=${word}`),
    ],
    [`${api}/datasets/ID`]: of(dataset!, (id) => `${api}/datasets/${id}/`),
    [`${api}/methods`]: [
      ...pages(`${api}/methods/`, 1, 50),
      ...of(method!.slice(0, 5), (id) => `${api}/methods/${id}/`),
    ],
    [`${api}/evaluations`]: pages(`${api}/evaluations/`, 1, 20),
    [`${api}/evaluations/ID/...`]: of(table!.slice(0, 10), (id) => id).flatMap((id) =>
      ["", "metrics/", "results/"].map((part) => `${api}/evaluations/${id}/${part}`),
    ),
  };
}

/** Entities at even distances through a kind's ids. */
async function spread<K extends Kind>(store: CatalogueStore, kind: K, wanted: number): Promise<EntityOf[K][]> {
  const count = (await store.counts())[kind];
  const found: EntityOf[K][] = [];
  for (let index = 0; index < Math.min(wanted, count); index++) {
    const offset = Math.floor((index * count) / Math.min(wanted, count));
    found.push(...(await store.list(kind, { order: "id", limit: 1, offset } as never)).items);
  }
  return found;
}

/** Words of titles and abstracts, common and rare: long and short ones, from the beginning and the end. */
function wordsOf(papers: readonly EntityOf["paper"][]): string[] {
  const counts = new Map<string, number>();
  for (const { title, abstract } of papers)
    for (const word of `${title} ${abstract}`.match(/[a-z]{4,}/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byUse = [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word);
  const at = (share: number): string => byUse[Math.min(byUse.length - 1, Math.floor(share * byUse.length))] ?? "model";
  return [...new Set([0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.99].map(at))];
}
