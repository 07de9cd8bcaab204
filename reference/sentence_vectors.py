"""Compares vectors of `biobert embed` with those of sentence-transformers, for a directory with the weights of all-MiniLM-L6-v2 or
any other BERT: the largest difference of a number and the least cosine. Pooling mean, not normalised, unless --normalize.

    npx biobert embed sentences.txt --lines --model DIR --out vectors.jsonl
    python reference/sentence_vectors.py DIR sentences.txt vectors.jsonl [--pooling mean|cls|max] [--normalize]
"""
import argparse
import json

import numpy as np
from sentence_transformers import SentenceTransformer, models

parser = argparse.ArgumentParser()
parser.add_argument("directory")
parser.add_argument("sentences")
parser.add_argument("vectors")
parser.add_argument("--pooling", default="mean", choices=["mean", "cls", "max"])
parser.add_argument("--normalize", action="store_true")
args = parser.parse_args()

words = models.Transformer(args.directory, max_seq_length=512)
dimension = getattr(words, "get_embedding_dimension", None) or words.get_word_embedding_dimension
model = SentenceTransformer(modules=[words, models.Pooling(dimension(), pooling_mode=args.pooling)], device="cpu")
with open(args.sentences, encoding="utf-8") as lines:
    texts = [line.strip() for line in lines if line.strip()]
theirs = model.encode(texts, normalize_embeddings=args.normalize)
with open(args.vectors, encoding="utf-8") as lines:
    ours = np.array([json.loads(line)["embedding"] for line in lines])
assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
cosine = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
print(f"{len(texts)} texts: largest difference {np.abs(ours - theirs).max():.2e}, least cosine {cosine.min():.9f}")
