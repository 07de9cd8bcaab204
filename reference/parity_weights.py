"""Weights and batches from a counter, the same in both languages: test/support/counter-weights.ts is this file's twin.

An element is a hash of (name, index), so golden files hold only results, never weights. Names are those of a Hugging Face
BERT checkpoint. The hash is the project's own (src/core/random.ts).
"""

from __future__ import annotations

import numpy as np

M32 = np.uint64(0xFFFFFFFF)


def mix32(value: np.ndarray) -> np.ndarray:
    """Murmur3's 32-bit finaliser on an array of uint64 that hold 32-bit words."""
    h = value & M32
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & M32
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & M32
    return h ^ (h >> np.uint64(16))


def hash32(*words: int | np.ndarray) -> np.ndarray:
    """Hash of several 32-bit words, order mattering; any of them may be an array."""
    h = np.uint64(0x9E3779B9)
    for word in words:
        w = np.asarray(word, dtype=np.uint64) & M32
        h = mix32((((h * np.uint64(0x01000193)) & M32) ^ w) + np.uint64(0x7F4A7C15))
    return h


def hash_name(name: str) -> int:
    h = 0
    for character in name:
        h = int(hash32(h, ord(character)))
    return h


def uniform(name: str, count: int) -> np.ndarray:
    """`count` float64 numbers in [-1, 1)."""
    return hash32(hash_name(name), np.arange(count)).astype(np.float64) / 2147483648.0 - 1.0


def weight(name: str, shape: tuple[int, ...], scale: float = 1.0) -> np.ndarray:
    """The float32 weight of a checkpoint's tensor: around 1 for normalisation weights, around 0 for all others."""
    values = scale * uniform(name, int(np.prod(shape, dtype=np.int64)))
    if name.endswith("LayerNorm.weight"):
        values = 1.0 + 0.25 * values
    elif name.endswith(".bias"):
        values = 0.125 * values
    else:
        values = 0.1875 * values
    return values.astype(np.float32).reshape(shape)


def classes(step: int, salt: int, count: int, bound: int) -> np.ndarray:
    """`count` whole numbers below `bound`."""
    return (hash32(step, salt, np.arange(count)) % np.uint64(bound)).astype(np.int64)


def batch(step: int, lengths: list[int], sequence: int, vocabulary: int, labels: int) -> dict[str, np.ndarray]:
    """A padded batch of two segments; about one label in four, the first of each row and all padding are -100."""
    rows = len(lengths)
    index = np.arange(rows * sequence)
    position = index % sequence
    length = np.repeat(np.array(lengths), sequence)
    real = position < length
    ids = np.where(real, 1 + hash32(step, 1, index) % np.uint64(vocabulary - 1), 0)
    types = np.where(real & (position * 2 >= length), 1, 0)
    counted = real & (position > 0) & (hash32(step, 2, index) % np.uint64(4) != 0)
    tags = np.where(counted, (hash32(step, 3, index) % np.uint64(labels)).astype(np.int64), -100)
    shape = (rows, sequence)
    return {
        "input_ids": ids.astype(np.int64).reshape(shape),
        "attention_mask": real.astype(np.int64).reshape(shape),
        "token_type_ids": types.astype(np.int64).reshape(shape),
        "labels": tags.reshape(shape),
    }


def dropout_key(seed: int, step: int) -> int:
    """The key of a training step's masks, as `dropoutKey` in src/nn/dropout.ts."""
    return int(hash32(seed, step, 0xD20))


class Masks:
    """The masks of one training step, a place after the other: src/nn/dropout.ts written once more, in numpy."""

    def __init__(self, key: int, examples: list[int], sequence: int, choices: int = 0) -> None:
        self.key = np.uint64(key)
        self.site = 0
        words = np.array(examples, dtype=np.uint64)
        if choices > 0:
            numbers = (np.arange(choices, dtype=np.uint64) * np.uint64(0x9E3779B1)) & M32
            words = mix32(mix32(words)[:, None] ^ numbers[None, :]).reshape(-1)
        self.examples = mix32(words)
        rows = self.examples[:, None]
        positions = (np.arange(sequence, dtype=np.uint64) * np.uint64(0x9E3779B1)) & M32
        self.tokens = mix32(rows ^ positions[None, :])

    def next(self, shape: tuple[int, ...], rate: float) -> np.ndarray:
        """1 where kept, 0 where dropped: [batch, width], [batch, sequence, width] or [batch, heads, sequence, sequence]."""
        key = mix32(self.key ^ hash32(0x5EED, self.site))
        self.site += 1
        if len(shape) == 2:
            rows = mix32(self.examples ^ key)
        elif len(shape) == 3:
            rows = mix32(self.tokens ^ key)
        else:
            heads = mix32(np.arange(shape[1], dtype=np.uint64) ^ key)
            rows = mix32(self.tokens[:, None, :] ^ heads[None, :, None])
        columns = mix32(((np.arange(shape[-1], dtype=np.uint64) * np.uint64(0x9E3779B1)) & M32) + key)
        product = ((rows | np.uint64(1))[..., None] * (columns | np.uint64(1))) & M32
        return (product >= np.uint64(round(rate * 2**32))).astype(np.float32)
