"""Writes what transformers' token-classification pipeline, aggregation_strategy="first", finds in texts.

Reads JSON lines {"id", "text"}; writes, a line a text, code-point offsets throughout:
  entities       what the pipeline returned
  word_entities  the same logits, a word being what the tokenizer split off (the pipeline takes a piece for the
                 continuation of a word where its length differs from its source's, and so joins a word to the one
                 before it where normalising changed its length)
  cut            where the pipeline cut the text off, null where it read all of it
  doubtful       words whose two best labels are less than --margin apart: another summation order may swap them
reference/pipeline_compare.mjs compares this with the output of `biobert annotate --windows document --format jsonl`.

  python reference/pipeline_spans.py MODEL_DIRECTORY texts.jsonl pipeline.jsonl
"""

import argparse
import json

import torch
from transformers import TokenClassificationPipeline, pipeline


class ObservedPipeline(TokenClassificationPipeline):
    """The pipeline as it is, with the second opinion beside its result."""

    margin = 1e-3

    def postprocess(self, all_outputs, aggregation_strategy=None, ignore_labels=None):
        (output,) = all_outputs
        found = super().postprocess(all_outputs, aggregation_strategy, ignore_labels)
        text = output["sentence"]
        encoding = self.tokenizer(text, truncation=True, return_offsets_mapping=True)
        words = encoding.word_ids()
        logits = output["logits"][0].float().numpy()
        scores = torch.softmax(torch.from_numpy(logits), dim=-1).numpy()
        pieces = self.gather_pre_entities(
            text,
            output["input_ids"][0],
            scores,
            output["offset_mapping"][0],
            output["special_tokens_mask"][0].numpy(),
            aggregation_strategy,
        )
        doubtful = []
        for piece in pieces:
            at = piece["index"]
            piece["is_subword"] = at > 0 and words[at] == words[at - 1]
            second, best = sorted(logits[at])[-2:]
            if not piece["is_subword"] and best - second < self.margin:
                doubtful.append({"start": piece["start"], "end": piece["end"], "margin": float(best - second)})
        by_word = [e for e in self.aggregate(pieces, aggregation_strategy) if e["entity_group"] != "O"]
        whole = len(self.tokenizer(text)["input_ids"]) == len(words)
        return {
            "entities": [plain(entity) for entity in found],
            "word_entities": [plain(entity) for entity in by_word],
            "cut": None if whole else pieces[-1]["end"],
            "doubtful": doubtful,
        }


def plain(entity):
    return {
        "type": entity["entity_group"],
        "start": entity["start"],
        "end": entity["end"],
        "score": float(entity["score"]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", help="Hugging Face directory")
    parser.add_argument("texts", help='JSON lines {"id", "text"}')
    parser.add_argument("out")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--margin", type=float, default=ObservedPipeline.margin, help="of logits")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    ObservedPipeline.margin = arguments.margin
    find = pipeline(
        "token-classification",
        model=arguments.model,
        pipeline_class=ObservedPipeline,
        aggregation_strategy="first",
        device="cpu",
    )
    # newline="\n": other separators may stand inside a JSON string.
    with open(arguments.texts, encoding="utf-8", newline="\n") as texts, open(arguments.out, "w", encoding="utf-8") as out:
        for line in texts:
            document = json.loads(line)
            empty = {"entities": [], "word_entities": [], "cut": None, "doubtful": []}
            result = find(document["text"]) if document["text"].strip() else empty
            out.write(json.dumps({"id": document["id"], **result}) + "\n")


if __name__ == "__main__":
    main()
