// The tokenizer's options at the file border: `tokenizer_config.json` of a Hugging Face model directory.

import { BiobertError } from "../core/index.ts";
import type { TokenizerOptions } from "./wordpiece.ts";

/**
 * Reads the options from a parsed `tokenizer_config.json`. Throws `model-config` when `do_lower_case` is missing or not
 * a boolean: guessing it wrong ruins a cased model without any other sign.
 */
export function tokenizerOptionsFromConfig(config: unknown): TokenizerOptions {
  const fields = (config ?? {}) as Record<string, unknown>;
  const lowerCase = fields.do_lower_case;
  if (typeof lowerCase !== "boolean") {
    throw new BiobertError({
      code: "model-config",
      message: `do_lower_case is ${JSON.stringify(lowerCase) ?? "missing"}, not true or false`,
      place: { file: "tokenizer_config.json" },
      hint: "Write true for an uncased vocabulary and false for a cased one, such as BioBERT's.",
    });
  }
  const stripAccents = fields.strip_accents;
  const chineseCharacters = fields.tokenize_chinese_chars;
  return {
    lowerCase,
    ...(typeof stripAccents === "boolean" ? { stripAccents } : {}),
    ...(typeof chineseCharacters === "boolean" ? { chineseCharacters } : {}),
  };
}

/** The fields of `tokenizer_config.json` that make `transformers` cut text as these options do. */
export function tokenizerConfigOf(options: TokenizerOptions): Record<string, unknown> {
  return {
    tokenizer_class: "BertTokenizer",
    do_lower_case: options.lowerCase,
    strip_accents: options.stripAccents ?? null,
    tokenize_chinese_chars: options.chineseCharacters ?? true,
  };
}
