// The tokenizer's files of a model directory, as other programs read them: `tokenizer.json` is the form of Hugging Face's
// `tokenizers` library, which Python's AutoTokenizer and transformers.js load; the others are those of `transformers`.

import { tokenizerConfigOf } from "./config.ts";
import { SPECIAL_TOKENS, Vocabulary } from "./vocabulary.ts";
import { DEFAULT_MAX_WORD_CHARACTERS, type TokenizerOptions } from "./wordpiece.ts";

/**
 * The description of a tokenizer in the form of `tokenizers`: with it that library and transformers.js give the ids that
 * `WordPieceTokenizer` gives, between `[CLS]` and `[SEP]`. It neither cuts long texts nor pads: callers say how long.
 */
export function tokenizerJson(vocabulary: Vocabulary, options: TokenizerOptions): Record<string, unknown> {
  const special = SPECIAL_TOKENS.map((content) => ({
    id: vocabulary.idOf(content)!,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const mark = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const first = [mark("[CLS]", 0), { Sequence: { id: "A", type_id: 0 } }, mark("[SEP]", 0)];
  const described = (token: string, id: number) => [token, { id: token, ids: [id], tokens: [token] }];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.sort((a, b) => a.id - b.id),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: options.chineseCharacters ?? true,
      strip_accents: options.stripAccents ?? null,
      lowercase: options.lowerCase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: first,
      pair: [...first, { Sequence: { id: "B", type_id: 1 } }, mark("[SEP]", 1)],
      special_tokens: Object.fromEntries([described("[CLS]", vocabulary.clsId), described("[SEP]", vocabulary.sepId)]),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: options.maxWordCharacters ?? DEFAULT_MAX_WORD_CHARACTERS,
      vocab: Object.fromEntries(vocabulary.pieces.map((piece, id) => [piece, id])),
    },
  };
}

/**
 * The tokenizer's files by name, from the text of `vocab.txt`. `maxLength`: the longest sequence the model takes, in
 * pieces, `[CLS]` and `[SEP]` counted.
 * @throws BiobertError `model-vocabulary` for a vocabulary without the special tokens.
 */
export function tokenizerFiles(
  vocabulary: string,
  options: TokenizerOptions,
  maxLength: number,
): Record<string, string> {
  const special = {
    unk_token: "[UNK]",
    sep_token: "[SEP]",
    pad_token: "[PAD]",
    cls_token: "[CLS]",
    mask_token: "[MASK]",
  };
  return {
    "vocab.txt": vocabulary,
    "tokenizer.json": `${JSON.stringify(tokenizerJson(Vocabulary.fromText(vocabulary), options))}\n`,
    "tokenizer_config.json": json({ ...tokenizerConfigOf(options), ...special, model_max_length: maxLength }),
    "special_tokens_map.json": json(special),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
