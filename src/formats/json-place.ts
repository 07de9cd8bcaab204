// Where a text stops being JSON (RFC 8259). `JSON.parse` says it of some faults only, in words that differ between versions of JavaScript.

/** A place in a text, both counted from 1; the column in UTF-16 units. */
export interface TextPlace {
  line: number;
  column: number;
}

/** What may come next. */
type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end";

const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * The place of the first character that no JSON text has there, or of the end of a text that ends too early; a byte-order mark is passed
 * over. Undefined for JSON.
 */
export function jsonFaultPlace(text: string): TextPlace | undefined {
  const fault = faultOffset(text);
  if (fault === undefined) return undefined;
  let [line, from] = [1, text.charCodeAt(0) === 0xfeff ? 1 : 0];
  for (let at = text.indexOf("\n"); at >= 0 && at < fault; at = text.indexOf("\n", at + 1))
    [line, from] = [line + 1, at + 1];
  return { line, column: fault - from + 1 };
}

function faultOffset(text: string): number | undefined {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  /** Reads what the pattern says and gives where it ends; where it does not stand here, `at`. */
  const past = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  };
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  for (;;) {
    at = past(SPACE);
    const character = text[at];
    if (expected === "comma or end") {
      if (open.length === 0) return character === undefined ? undefined : at;
      const isObject = open.at(-1) === "{";
      if (character === ",") expected = isObject ? "key" : "value";
      else if (character === (isObject ? "}" : "]")) open.pop();
      else return at;
      at++;
    } else if (expected === "colon") {
      if (character !== ":") return at;
      at++;
      expected = "value";
    } else if ((expected === "key or }" && character === "}") || (expected === "value or ]" && character === "]")) {
      open.pop();
      at++;
      expected = "comma or end";
    } else if (character === '"') {
      for (at++; text[at] !== '"';) {
        if (at >= text.length || text.charCodeAt(at) < 0x20) return at;
        const end = text[at] === "\\" ? past(ESCAPE) : at + 1;
        if (end === at) return at;
        at = end;
      }
      at++;
      expected = expected.startsWith("key") ? "colon" : "comma or end";
    } else if (expected.startsWith("key")) return at;
    else if (character === "{" || character === "[") {
      open.push(character);
      at++;
      expected = character === "{" ? "key or }" : "value or ]";
    } else {
      const end = past(SCALAR);
      if (end === at) return at;
      at = end;
      expected = "comma or end";
    }
  }
}
