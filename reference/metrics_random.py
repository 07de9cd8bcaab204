"""Random cases for the scores, the same in both languages: test/metrics/random-cases.ts is this file's twin.

Both draw from the project's counter (src/core/random.ts), so that golden files hold results only, one line a case.
"""

from __future__ import annotations

M32 = 0xFFFFFFFF


def mix32(value: int) -> int:
    h = value & M32
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & M32
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & M32
    return h ^ (h >> 16)


def hash32(*words: int) -> int:
    h = 0x9E3779B9
    for word in words:
        h = mix32((((h * 0x01000193) & M32) ^ (word & M32)) + 0x7F4A7C15)
    return h


class Random:
    """The project's stream of random numbers, addressed by (seed, stream)."""

    def __init__(self, seed: int, stream: int) -> None:
        self.key = hash32(seed, stream)
        self.counter = 0

    def uint32(self) -> int:
        value = hash32(self.key, self.counter & M32, self.counter >> 32)
        self.counter += 1
        return value

    def float(self) -> float:
        high = self.uint32() >> 5
        low = self.uint32() >> 6
        return (high * 67108864 + low) / 9007199254740992

    def integer(self, bound: int) -> int:
        return int(self.float() * bound)


def labels(case: int) -> tuple[list[str], list[str]]:
    """Single labels; some labels occur on one side only."""
    random = Random(case, 1)
    count, kinds = 1 + random.integer(40), 2 + random.integer(5)
    gold = [f"c{random.integer(kinds)}" for _ in range(count)]
    predicted = [label if random.integer(10) < 6 else f"c{random.integer(kinds + 1)}" for label in gold]
    return gold, predicted


def label_sets(case: int) -> tuple[list[list[str]], list[list[str]]]:
    """Any number of labels an item, also none."""
    random = Random(case, 2)
    count, kinds = 1 + random.integer(25), 2 + random.integer(5)
    gold, predicted = [], []
    for _ in range(count):
        mine, other = [], []
        for kind in range(kinds):
            has = random.integer(10) < 3
            if has:
                mine.append(f"c{kind}")
            if has != (random.integer(10) < 2):
                other.append(f"c{kind}")
        gold.append(mine)
        predicted.append(other)
    return gold, predicted


def tags(case: int) -> tuple[list[list[str]], list[list[str]]]:
    """Tag sequences, valid or not: half of the predictions are the gold tags with a few replaced."""
    random = Random(case, 3)
    gold, predicted = [], []

    def tag() -> str:
        prefix = "BIO"[random.integer(3)]
        return "O" if prefix == "O" else f"{prefix}-{'XYZ'[random.integer(3)]}"

    near = random.integer(2) == 1
    for _ in range(1 + random.integer(4)):
        length = 1 + random.integer(12)
        mine = [tag() for _ in range(length)]
        gold.append(mine)
        predicted.append([old if near and random.integer(10) < 8 else tag() for old in mine])
    return gold, predicted


def numbers(case: int) -> tuple[list[float], list[float]]:
    """Pairs of numbers; every second case has ties."""
    random = Random(case, 4)
    count = 3 + random.integer(30)
    first, second = [], []
    for _ in range(count):
        x = random.integer(5) if case % 2 else random.float()
        y = x + random.integer(5) if case % 2 else 0.5 * x + random.float()
        first.append(x)
        second.append(y)
    return first, second


def rankings(case: int) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    """Queries with relevances (every third case graded) and scores, some of them tied; some documents are in one of the two only."""
    random = Random(case, 5)
    relevances: dict[str, dict[str, int]] = {}
    scores: dict[str, dict[str, float]] = {}
    for query in range(1 + random.integer(4)):
        judged, scored = {}, {}
        for document in range(2 + random.integer(20)):
            name = f"d{document:02d}"
            relevance = random.integer(4) if case % 3 == 0 else int(random.integer(10) < 3)
            score = random.integer(12) / 4
            kind = random.integer(10)
            if kind != 0:
                judged[name] = relevance
            if kind != 1:
                scored[name] = score
        if judged and scored:
            relevances[f"q{query}"] = judged
            scores[f"q{query}"] = scored
    return relevances, scores
