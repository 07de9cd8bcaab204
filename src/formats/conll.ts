// CoNLL column files (Tjong Kim Sang and De Meulder 2003; the BioBERT release's two-column form): one token a line, the
// first column the token, the last its tag, a blank line after each sentence. Columns between the two are read past.

import { BiobertError, type WarningSink } from "../core/index.ts";
import { linesOf } from "./lines.ts";

/** What the format looks like, for hints. */
export const CONLL_HINT =
  "Each line needs a token and a tag, separated by a tab or spaces; sentences are separated by blank lines.";

export interface ConllSentence {
  tokens: string[];
  /** As many as tokens; none in a file of tokens alone. */
  tags: string[];
  /** 1-based line of the first token; token `i` stands on line `line + i`. */
  line: number;
  /** Of a file that marks documents: how many `-DOCSTART-` lines stand before. */
  document?: number;
}

export interface ConllCorpus {
  sentences: ConllSentence[];
}

export interface ConllOptions {
  /** The name that errors and warnings give as their place. */
  file?: string;
  warn?: WarningSink;
  /** Which column holds the tags, counted from the last one: 1 (default), or 2 for the gold tags of a file with predictions. */
  tagFromEnd?: number;
  /** Take a file of tokens alone, too, one a line: its sentences have no tags. */
  untagged?: boolean;
}

const BLANK = /^[ \t\r\v\f]*$/;

/**
 * Parses a CoNLL, IOB or IOBES file. A line with a tab is split at its tabs, so that a token may hold spaces of any kind;
 * any other line is split at runs of ASCII spaces. `-DOCSTART-` lines end a sentence, begin a document and give no token. "\r\n" ends a line
 * too, and a byte-order mark is dropped. A varying number of columns is a warning (`conll-columns`), given once.
 * @throws BiobertError `input-format` with the line: a single column, an empty token, an empty tag.
 */
export function parseConll(text: string, options: ConllOptions = {}): ConllCorpus {
  const { file, warn, tagFromEnd = 1, untagged = false } = options;
  const sentences: ConllSentence[] = [];
  let current: ConllSentence | undefined;
  let columnCount = 0;
  let document = 0;
  let warned = false;

  for (const { text: content, line } of linesOf(text)) {
    const isMark = content.startsWith("-DOCSTART-");
    if (isMark) document++;
    if (isMark || BLANK.test(content)) {
      current = undefined;
      continue;
    }
    const columns = content.includes("\t") ? content.split("\t") : content.split(" ").filter((column) => column !== "");
    const token = columns[0]!;
    // Spaces around a tag would make another type of it.
    const tag = columns[columns.length - tagFromEnd]?.trim() as string;
    const isAlone = untagged && columns.length === 1 && columnCount <= 1;
    if (columns.length < 2 && !isAlone) throw badLine(file, line, `only one column: ${quote(content)}`);
    if (columns.length <= tagFromEnd && !isAlone) {
      const hint =
        "Scored alone, a file has a token, its gold tag and its predicted tag a line; predictions in a file of their own are given with --pred FILE.";
      throw badLine(file, line, `no column of predicted tags: ${quote(content)}`, hint);
    }
    if (untagged && columnCount === 1 && columns.length > 1)
      throw badLine(file, line, `${columns.length} columns where earlier lines are a token alone: ${quote(content)}`);
    if (token === "") throw badLine(file, line, `the token (first column) is empty: ${quote(content)}`);
    if (tag === "")
      throw badLine(
        file,
        line,
        `the tag (${tagFromEnd === 1 ? "last" : "second last"} column) is empty: ${quote(content)}`,
      );
    if (columnCount === 0) columnCount = columns.length;
    if (columns.length !== columnCount && !warned) {
      warned = true;
      warn?.({
        code: "conll-columns",
        message: `${columns.length} columns where earlier lines have ${columnCount}; the last one is read as the tag`,
        place: { file, line },
      });
    }
    if (current === undefined) {
      current = { tokens: [], tags: [], line, ...(document === 0 ? {} : { document }) };
      sentences.push(current);
    }
    current.tokens.push(token);
    if (!isAlone) current.tags.push(tag);
  }
  return { sentences };
}

/** Writes sentences as `token<TAB>tag` lines, a blank line after each sentence. */
export function encodeConll(sentences: Iterable<{ tokens: readonly string[]; tags: readonly string[] }>): string {
  const lines: string[] = [];
  for (const { tokens, tags } of sentences) {
    for (let i = 0; i < tokens.length; i++) lines.push(`${tokens[i]}\t${tags[i]}\n`);
    lines.push("\n");
  }
  return lines.join("");
}

function badLine(file: string | undefined, line: number, message: string, hint = CONLL_HINT): BiobertError {
  return new BiobertError({
    code: "input-format",
    message,
    place: { file, line },
    hint,
  });
}

/** The offending text, short enough for one line of a terminal. */
function quote(content: string): string {
  return JSON.stringify(content.length > 60 ? `${content.slice(0, 60)}…` : content);
}
