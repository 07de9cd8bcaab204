// BioCreative II's `.eval` files: `sentence|start end|mention`, offsets counting non-space characters, ends inclusive.

import { BiobertError } from "../../core/index.ts";
import type { Bc2gmMention } from "../../metrics/index.ts";
import { linesOf } from "../lines.ts";

/**
 * Mentions of an `.eval` file, in order; what follows the second bar is optional, empty lines are passed over.
 * @throws BiobertError `input-format` with the line.
 */
export function parseBc2gmEval(text: string, file?: string): Bc2gmMention[] {
  const mentions: Bc2gmMention[] = [];
  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() === "") continue;
    const match = /^([^|]+)\|(\d+) (\d+)(?:\|(.*))?$/.exec(content.trimEnd());
    const [, id, start, end, mention] = match ?? [];
    if (id === undefined || Number(end) < Number(start)) {
      throw new BiobertError({
        code: "input-format",
        message: `no gene mention: ${JSON.stringify(content.slice(0, 60))}`,
        place: { file, line },
        hint: "Each line is SENTENCE|START END|MENTION; START is at most END.",
      });
    }
    mentions.push({ id, start: Number(start), end: Number(end), ...(mention === undefined ? {} : { text: mention }) });
  }
  return mentions;
}

/** Writes mentions as an `.eval` file. */
export function encodeBc2gmEval(mentions: Iterable<Bc2gmMention>): string {
  return [...mentions].map(({ id, start, end, text = "" }) => `${id}|${start} ${end}|${text}\n`).join("");
}
