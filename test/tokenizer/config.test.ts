import { describe, expect, it } from "vitest";
import { tokenizerConfigOf, tokenizerOptionsFromConfig } from "../../src/tokenizer/index.ts";

describe("tokenizer_config.json", () => {
  it("is read into options, null and missing fields meaning the defaults", () => {
    expect(tokenizerOptionsFromConfig({ do_lower_case: true, strip_accents: null, model_max_length: 512 })).toEqual({
      lowerCase: true,
    });
    expect(
      tokenizerOptionsFromConfig({ do_lower_case: false, strip_accents: true, tokenize_chinese_chars: false }),
    ).toEqual({ lowerCase: false, stripAccents: true, chineseCharacters: false });
  });

  it("is written so that it reads back the same", () => {
    for (const options of [{ lowerCase: true }, { lowerCase: false, stripAccents: true, chineseCharacters: false }]) {
      const read = tokenizerOptionsFromConfig(JSON.parse(JSON.stringify(tokenizerConfigOf(options))));
      expect(read).toEqual({ chineseCharacters: true, ...options });
    }
  });

  it.each([[{}], [{ do_lower_case: "false" }], [null]])("is refused when it does not say the case: %j", (config) => {
    expect(() => tokenizerOptionsFromConfig(config)).toThrow(expect.objectContaining({ code: "model-config" }));
  });
});
