"""The plain PyTorch recipe for NER that our own training is held against: BioBERT's own, a label for the first piece of
each word, in AutoModelForTokenClassification.

Reads tagged words as BioBERT's release has them: a token and its tag a line, an empty line between sentences. Scores with
seqeval (exact entities, the numbers conlleval prints for well-formed tags), and keeps each sentence's counts.

  python reference/ner_recipe.py --model START --train train.tsv devel.tsv --test test.tsv \
      --seed 1 --epochs 8 --learning-rate 2e-4 --out ncbi-disease-seed1.json
"""

import time

import torch
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from transformers import AutoModelForTokenClassification, AutoTokenizer

import recipe


def read(paths, limit):
    """Sentences, each as its tokens and their tags."""
    sentences = []
    for path in paths:
        tokens, tags = [], []
        for line in [*open(path, encoding="utf-8"), ""]:
            fields = line.split()
            if fields:
                tokens.append(fields[0])
                tags.append(fields[-1])
            elif tokens:
                sentences.append((tokens, tags))
                tokens, tags = [], []
    return sentences if limit is None else sentences[:limit]


def typed(tags):
    """Tags of one type without its name, as seqeval wants them."""
    return [tag if tag == "O" or "-" in tag else f"{tag}-Entity" for tag in tags]


def main():
    parser = recipe.parser(__doc__, epochs=8, learning_rate=2e-4, max_length=512)
    args = parser.parse_args()
    recipe.settle(args)
    started = time.time()
    train, test = read(args.train, args.limit), read(args.test, args.limit)
    labels = sorted({tag for _, tags in train for tag in tags}, key=lambda tag: (tag != "O", tag))
    ids = {label: i for i, label in enumerate(labels)}
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForTokenClassification.from_pretrained(args.model, num_labels=len(labels))

    def encode(sentences):
        rows = []
        for tokens, tags in sentences:
            encoded = tokenizer(tokens, is_split_into_words=True, truncation=True, max_length=args.max_length)
            words = encoded.word_ids()
            # The first piece of each word has its label.
            firsts = [word is not None and word != before for word, before in zip(words, [None, *words])]
            rows.append(
                {
                    "ids": encoded["input_ids"],
                    "types": encoded["token_type_ids"],
                    "labels": [ids.get(tags[word], -100) if first else -100 for word, first in zip(words, firsts)],
                    "places": [(piece, word) for piece, (word, first) in enumerate(zip(words, firsts)) if first],
                }
            )
        return rows

    def targets(members):
        width = max(len(row["ids"]) for row in members)
        return {"labels": torch.tensor([row["labels"] + [-100] * (width - len(row["labels"])) for row in members])}

    history = recipe.train(model, encode(train), tokenizer.pad_token_id, targets, args)
    rows = encode(test)
    found = []
    for (tokens, _), row, results in zip(test, rows, recipe.run(model, rows, tokenizer.pad_token_id)):
        best = results["logits"].argmax(-1)
        # A word beyond the longest sequence was not read.
        tags = ["O"] * len(tokens)
        for piece, word in row["places"]:
            tags[word] = labels[int(best[piece])]
        found.append(typed(tags))
    gold = [typed(tags) for _, tags in test]
    metrics = {
        "precision": 100 * float(precision_score(gold, found)),
        "recall": 100 * float(recall_score(gold, found)),
        "f1": 100 * float(f1_score(gold, found)),
    }
    # Entities of each sentence in gold, predicted, right: what a test of significance needs, and no text.
    counts = []
    for right, guessed in zip(gold, found):
        right, guessed = set(get_entities(right)), set(get_entities(guessed))
        counts.append({"entities": [len(right), len(guessed), len(right & guessed)]})
    recipe.write(args, metrics, counts, history, started)


if __name__ == "__main__":
    main()
