// Markdown that people wrote (descriptions, abstracts, comments) to HTML: parsed by marked, then cleaned by sanitize-html down to
// a few elements without any attribute but an address. Nothing of it can run, load or imitate the page around it.

import { marked } from "marked";
import sanitize from "sanitize-html";

const ALLOWED: sanitize.IOptions = {
  allowedTags: [
    "p",
    "br",
    "em",
    "strong",
    "del",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "blockquote",
    "a",
    "sub",
    "sup",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
  ],
  allowedAttributes: { a: ["href", "rel"] },
  allowedSchemes: ["https", "http"],
  allowProtocolRelative: false,
  // Headings would break the page's own outline: they become strong paragraphs.
  transformTags: {
    ...Object.fromEntries(["h1", "h2", "h3", "h4", "h5", "h6"].map((tag) => [tag, "p"])),
    a: (_tag, { href }): sanitize.Tag => ({
      tagName: "a",
      attribs: { ...(href === undefined ? {} : { href }), rel: "nofollow noopener ugc" },
    }),
  },
  disallowedTagsMode: "discard",
};

/** Safe HTML for Markdown; at most 100,000 characters are read. */
export function markdownHtml(text: string): string {
  const html = marked.parse(text.slice(0, 100_000), { async: false, gfm: true });
  return sanitize(html, ALLOWED);
}
