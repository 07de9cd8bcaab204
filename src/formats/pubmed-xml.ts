// Titles and abstracts out of PubMed and MEDLINE XML (PubmedArticleSet, MedlineCitationSet), and of JATS articles' front matter.
// Inline tags (sub, sup, i) are dropped, their text kept; white space is collapsed; labels of structured abstracts are kept.

import { SaxesParser } from "saxes";
import { badInput, type FormatPlace } from "./reading.ts";

export interface Citation {
  /** The PMID; of a JATS article without one its PMC id or DOI; "" where there is none. */
  id: string;
  pmcid: string | undefined;
  doi: string | undefined;
  title: string;
  /** Sections as `LABEL: text`, separated by one space. */
  abstract: string;
}

/**
 * Reads every citation, or the one article of a JATS file. One without title and abstract is left out.
 * @throws BiobertError `input-format` with the line for what is not well-formed, or neither of the forms.
 */
export function parseCitations(xml: string, options: { file?: string } = {}): Citation[] {
  const place: FormatPlace = {
    file: options.file,
    hint: "Expected are PubmedArticleSet, MedlineCitationSet or a JATS article.",
  };
  const parser = new SaxesParser({});
  const fail = (message: string, cause?: unknown): never => {
    throw badInput(place, message, { line: parser.line }, cause);
  };
  const citations: Citation[] = [];
  const path: string[] = [];
  let known = false;
  let citation: Citation | undefined;
  let sections: string[] = [];
  let label = "";
  let abstractDone = false;
  let idType = "";
  // The element whose text is collected, and the depth it stands at.
  let collecting: { name: string; depth: number; text: string } | undefined;
  const inside = (name: string): boolean => path.includes(name);
  const begin = (): void => {
    citation = { id: "", pmcid: undefined, doi: undefined, title: "", abstract: "" };
    sections = [];
    abstractDone = false;
  };
  const finish = (): void => {
    if (citation === undefined) return;
    citation.abstract = sections.join(" ");
    citation.id ||= citation.pmcid ?? citation.doi ?? "";
    if (citation.title !== "" || citation.abstract !== "") citations.push(citation);
    citation = undefined;
  };
  parser.on("error", (error) => {
    // NLM's files name entities that only their DTD declares.
    if (/undefined entity/.test(error.message)) return;
    fail(`not well-formed XML: ${error.message}`, error);
  });
  const add = (text: string): void => {
    if (collecting !== undefined) collecting.text += text;
  };
  parser.on("text", add);
  parser.on("cdata", add);
  parser.on("opentag", ({ name, attributes }) => {
    const given = attributes as Record<string, string>;
    if (name === "MedlineCitation" || (name === "article" && path.length === 0)) {
      known = true;
      begin();
    } else if (name === "PubmedArticleSet" || name === "MedlineCitationSet") known = true;
    const medline = inside("MedlineCitation");
    const jats = !medline && inside("article-meta") && !inside("related-article");
    const start =
      collecting === undefined &&
      citation !== undefined &&
      (medline
        ? (name === "PMID" && path.at(-1) === "MedlineCitation") ||
          name === "ArticleTitle" ||
          (name === "AbstractText" && inside("Abstract")) ||
          (name === "ELocationID" && given["EIdType"] === "doi")
        : jats &&
          ((name === "article-id" && path.at(-1) === "article-meta") ||
            (name === "article-title" && path.at(-1) === "title-group") ||
            (inside("abstract") && (name === "p" || name === "title"))));
    // Of several abstracts (graphical, for the public) the first is taken.
    if (name === "abstract" && jats && sections.length > 0) abstractDone = true;
    if (name === "AbstractText") label = given["Label"] ?? "";
    if (name === "article-id") idType = given["pub-id-type"] ?? "";
    path.push(name);
    if (start) collecting = { name, depth: path.length, text: "" };
    else if (collecting !== undefined && ["p", "sec", "list-item", "break"].includes(name)) collecting.text += " ";
  });
  parser.on("closetag", ({ name }) => {
    if (collecting !== undefined && collecting.depth === path.length && citation !== undefined) {
      const text = collecting.text.replace(/\s+/g, " ").trim();
      if (name === "PMID") citation.id = text;
      else if (name === "ArticleTitle" || name === "article-title") citation.title = text;
      else if (name === "ELocationID") citation.doi = text;
      else if (name === "article-id") {
        if (idType === "pmid") citation.id = text;
        else if (idType === "pmc" || idType === "pmcid") citation.pmcid = text.startsWith("PMC") ? text : `PMC${text}`;
        else if (idType === "doi") citation.doi = text;
      } else if (text !== "" && !abstractDone) {
        if (name === "title") label = text;
        else {
          sections.push(label === "" || text.startsWith(`${label}:`) ? text : `${label.replace(/:$/, "")}: ${text}`);
          label = "";
        }
      }
      collecting = undefined;
    }
    path.pop();
    if (name === "MedlineCitation" || (name === "article" && path.length === 0)) finish();
  });
  parser.write(xml.charCodeAt(0) === 0xfeff ? xml.slice(1) : xml).close();
  if (!known) fail("neither a PubMed or MEDLINE set nor a JATS article");
  return citations;
}
