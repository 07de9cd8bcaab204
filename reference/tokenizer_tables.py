"""Writes src/tokenizer/unicode_tables.ts: what Python `tokenizers` does to every Unicode code point.

BERT's normaliser is defined by the Unicode tables its implementation was compiled with, and those differ between its
steps (marks come from an older Unicode than lower-casing). So nothing is copied from a Unicode data file: each step of
`tokenizers` is asked about each of the 1,112,064 code points, and the answers are frozen.

    python reference/tokenizer_tables.py src/tokenizer/unicode_tables.ts
"""

import sys
import unicodedata

import tokenizers
from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic in the reader
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def only(step):
    """BertNormalizer with one of its four steps switched on."""
    steps = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return BertNormalizer(**{**steps, step: True}).normalize_str


clean, isolate, strip, lower = map(only, ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase"))
decompose = NFD().normalize_str
split = BertPreTokenizer().pre_tokenize_str


def combining_classes():
    """Canonical combining class by behaviour: `mark + c` is left in order exactly when class(c) >= class(mark)."""
    low, high = "\u0334", "\u0345"  # classes 1 and 240, the smallest and the largest
    moving = [chr(c) for c in CODE_POINTS if decompose(chr(c)) == chr(c)]
    moving = [s for s in moving if s in (low, high) or decompose(s + low) != s + low or decompose(high + s) != high + s]
    marks = {}  # of each class, a mark that this normaliser knows to be one
    for s in moving:
        marks.setdefault(unicodedata.combining(s), s)
    return {ord(s): max(k for k, mark in marks.items() if decompose(mark + s) == mark + s) for s in moving}


def base36(n):
    out = ""
    while True:
        n, digit = divmod(n, 36)
        out = DIGITS[digit] + out
        if n == 0:
            return out


def signed36(n):
    return base36(n) if n >= 0 else "-" + base36(-n)


def ranges(code_points):
    """`gap.length` per run; the gap counts from the end of the run before."""
    runs, end = [], 0
    for c in sorted(code_points):
        if runs and c == end:
            runs[-1][1] += 1
        else:
            runs.append([c - end, 1])
        end = c + 1
    return [f"{base36(gap)}.{base36(length)}" for gap, length in runs]


def class_runs(classes):
    """`gap.length.class` per run of neighbours of the same class."""
    runs, end = [], 0
    for c, k in sorted(classes.items()):
        if runs and c == end and runs[-1][2] == k:
            runs[-1][1] += 1
        else:
            runs.append([c - end, 1, k])
        end = c + 1
    return [".".join(map(base36, run)) for run in runs]


def shift_runs(mapping):
    """`gap.count.step.shift` per run of characters, `step` apart, that move by the same distance."""
    items, out, end, i = sorted(mapping.items()), [], 0, 0
    while i < len(items):
        c, shift = items[i][0], items[i][1] - items[i][0]
        best, best_step = 1, 1
        for step in (1, 2):
            n = 1
            while i + n < len(items) and items[i + n] == (c + n * step, c + n * step + shift):
                n += 1
            if n > best:
                best, best_step = n, step
        out.append(".".join([base36(c - end), base36(best), base36(best_step), signed36(shift)]))
        end = c + (best - 1) * best_step + 1
        i += best
    return out


def sequences(mapping):
    """`gap.target.target...` per character; the gap counts from the character before plus one."""
    out, end = [], 0
    for c, text in sorted(mapping.items()):
        out.append(".".join([base36(c - end), *(base36(ord(t)) for t in text)]))
        end = c + 1
    return out


def constant(name, comment, tokens):
    lines, line = [], ""
    for token in tokens:
        if len(line) + len(token) + 1 > 116:
            lines.append(line)
            line = ""
        line = f"{line} {token}".strip()
    body = "\n".join([*lines, line])
    return f"/** {comment} */\nexport const {name} = `\n{body}\n`;\n"


def main(path):
    cleaned = {c: clean(chr(c)) for c in CODE_POINTS}
    assert all(t in ("", " ", chr(c)) for c, t in cleaned.items())
    decomposed = {c: decompose(chr(c)) for c in CODE_POINTS}
    decomposed = {c: t for c, t in decomposed.items() if t != chr(c)}
    stripped = {c: strip(chr(c)) for c in CODE_POINTS}
    nonspacing = [c for c in CODE_POINTS if stripped[c] == "" and c not in decomposed]
    marks = set(map(chr, nonspacing))
    for c in CODE_POINTS:  # stripping is exactly: decompose, then drop marks
        assert stripped[c] == "".join(t for t in decomposed.get(c, chr(c)) if t not in marks), hex(c)
    lowered = {c: lower(chr(c)) for c in CODE_POINTS}
    lowered = {c: t for c, t in lowered.items() if t != chr(c)}
    chinese = [c for c in CODE_POINTS if isolate(chr(c)) == f" {chr(c)} "]
    assert all(isolate(chr(c)) == chr(c) for c in set(CODE_POINTS) - set(chinese))
    pieces = {c: len(split(f"a{chr(c)}b")) for c in CODE_POINTS}
    spaces = [c for c, t in cleaned.items() if t == " "]
    for c in HANGUL:  # the arithmetic the reader uses
        lead, vowel, trail = (c - 0xAC00) // 588, (c - 0xAC00) % 588 // 28, (c - 0xAC00) % 28
        jamo = chr(0x1100 + lead) + chr(0x1161 + vowel) + (chr(0x11A7 + trail) if trail else "")
        assert decomposed[c] == jamo
    text = [
        f"// Generated by reference/tokenizer_tables.py from Python tokenizers {tokenizers.__version__}; do not edit.\n"
        "// What BERT's normaliser and pre-tokeniser do to every code point. Numbers are base 36; unicode.ts reads them.\n",
        constant("removed", "Code points that cleaning deletes: `gap.length`.", ranges(c for c, t in cleaned.items() if t == "")),
        constant("cleanedToSpace", "Code points that cleaning turns into a space: `gap.length`.", ranges(spaces)),
        constant("whitespace", "Code points of Unicode's White_Space: `gap.length`.", ranges(c for c, n in pieces.items() if n == 2)),
        constant("punctuation", "Code points that are a word of their own: `gap.length`.", ranges(c for c, n in pieces.items() if n == 3)),
        constant("chinese", "Code points that get spaces around them: `gap.length`.", ranges(chinese)),
        constant("nonspacingMarks", "Code points that accent stripping deletes: `gap.length`.", ranges(nonspacing)),
        constant("combiningClasses", "Canonical combining classes other than 0: `gap.length.class`.", class_runs(combining_classes())),
        constant(
            "decompositions",
            "Full canonical decompositions, Hangul syllables apart: `gap.target.target...`.",
            sequences({c: t for c, t in decomposed.items() if c not in HANGUL}),
        ),
        constant(
            "lowercaseShifts",
            "Lower-casing to one character: `gap.count.step.shift`.",
            shift_runs({c: ord(t) for c, t in lowered.items() if len(t) == 1}),
        ),
        constant(
            "lowercaseSequences",
            "Lower-casing to several characters: `gap.target.target...`.",
            sequences({c: t for c, t in lowered.items() if len(t) > 1}),
        ),
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(text))


if __name__ == "__main__":
    main(sys.argv[1])
