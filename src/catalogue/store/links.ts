// Every link that the catalogue holds, with where it stands: for a check of all of them.

import type { EntityOf, Kind } from "../schema/index.ts";
import type { CatalogueReads } from "./types.ts";

export interface HeldLink {
  url: string;
  /** `paper/ID`, `result/ID`, ... */
  entity: string;
  field: string;
}

type Links = readonly [field: string, url: string | undefined][];

/** Where each kind has links. */
const LINKS: { [K in Kind]?: (entity: EntityOf[K]) => Links } = {
  paper: ({ urlAbstract, urlPdf, conferenceUrlAbstract, conferenceUrlPdf }) => [
    ["urlAbstract", urlAbstract],
    ["urlPdf", urlPdf],
    ["conferenceUrlAbstract", conferenceUrlAbstract],
    ["conferenceUrlPdf", conferenceUrlPdf],
  ],
  dataset: ({ homepage, links }) => [["homepage", homepage], ...named("links", links)],
  method: ({ sourceUrl, codeSnippetUrl }) => [
    ["sourceUrl", sourceUrl],
    ["codeSnippetUrl", codeSnippetUrl],
  ],
  model: ({ variants }) => variants.flatMap(({ id, links }) => named(`variants.${id}.links`, links)),
  codeLink: ({ url }) => [["url", url]],
  table: ({ mirrorUrl, links }) => [["mirrorUrl", mirrorUrl], ...named("links", links)],
  result: ({ paperUrl, externalUrl, source, codeLinks }) => [
    ["paperUrl", paperUrl],
    ["externalUrl", externalUrl],
    ["source.url", source.url],
    ...named("codeLinks", codeLinks),
  ],
};

function named(field: string, links: readonly { url: string }[]): [string, string][] {
  return links.map(({ url }, index) => [`${field}.${index}`, url]);
}

/** Kinds that hold links. */
export const KINDS_WITH_LINKS = Object.keys(LINKS) as readonly Kind[];

/** Links of these kinds, each address once, where it stands first. */
export async function* heldLinks(store: CatalogueReads, kinds: readonly Kind[]): AsyncGenerator<HeldLink> {
  const seen = new Set<string>();
  for (const kind of kinds) {
    const linksOf = LINKS[kind] as ((entity: EntityOf[Kind]) => Links) | undefined;
    if (linksOf === undefined) continue;
    for await (const entity of store.stream(kind)) {
      for (const [field, url] of linksOf(entity)) {
        if (url === undefined || seen.has(url)) continue;
        seen.add(url);
        yield { url, entity: `${kind}/${entity.id}`, field };
      }
    }
  }
}
