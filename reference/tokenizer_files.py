"""Checks the tokenizer's files of our model directories with `tokenizers`, AutoTokenizer and transformers.js.

    npx unrun bench/tokenizer_files.ts OUT
    python reference/tokenizer_files.py OUT [--peers DIR]
    python reference/tokenizer_files.py --golden test/tokenizer/data/tokenizer-files.json

Each directory in OUT has the files and ids.jsonl, lines {"text", "ids"} of ours. Python's ids must be the same for every
text: exit 1 otherwise. `--peers`: a folder outside the project with @huggingface/transformers or @huggingface/tokenizers
in its node_modules; texts on which those differ are counted and shown, as they also differ from Python there (they
normalise with JavaScript's own Unicode). `--golden` writes the tokenizer.json that transformers makes of a vocabulary of a
few pieces, for test/tokenizer/files.test.ts. Needs transformers.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import tokenizers
import transformers


PIECES = ["[PAD]", "x", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##b", "7", '"', "\u75c5", "__proto__"]


def golden(file: str) -> None:
    cases = []
    for settings in ({"do_lower_case": False}, {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False}):
        with tempfile.TemporaryDirectory() as folder:
            directory = pathlib.Path(folder)
            (directory / "vocab.txt").write_text("".join(f"{piece}\n" for piece in PIECES), encoding="utf-8")
            (directory / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", **settings}))
            (directory / "config.json").write_text(json.dumps({"model_type": "bert"}))
            tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
            cases.append({"settings": settings, "json": json.loads(tokenizer.backend_tokenizer.to_str())})
    with open(file, "w", encoding="utf-8") as stream:
        json.dump({"transformers": transformers.__version__, "pieces": PIECES, "cases": cases}, stream, separators=(",", ":"))
        stream.write("\n")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path, nargs="?")
    parser.add_argument("--peers")
    parser.add_argument("--golden")
    arguments = parser.parse_args()
    if arguments.golden is not None:
        golden(arguments.golden)
        return 0
    if arguments.out is None:
        parser.error("give OUT or --golden FILE")
    wrong = 0
    directories = sorted(path for path in arguments.out.iterdir() if (path / "tokenizer.json").exists())
    for directory in directories:
        lines = (directory / "ids.jsonl").read_text(encoding="utf-8").split("\n")
        examples = [json.loads(line) for line in lines if line]
        library = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
        auto = transformers.AutoTokenizer.from_pretrained(directory)
        (directory / "tokenizer.json").rename(directory / "aside.json")
        from_vocabulary = transformers.AutoTokenizer.from_pretrained(directory)
        (directory / "aside.json").rename(directory / "tokenizer.json")
        assert auto.is_fast and auto.model_max_length == 512
        readers = {
            "tokenizers": lambda text: library.encode(text).ids,
            "AutoTokenizer": lambda text: auto(text)["input_ids"],
            "AutoTokenizer without tokenizer.json": lambda text: from_vocabulary(text)["input_ids"],
        }
        counts = {}
        for name, ids_of in readers.items():
            other = [example for example in examples if ids_of(example["text"]) != example["ids"]]
            counts[name] = len(other)
            for example in other[:3]:
                print(name, repr(example["text"][:60]), example["ids"], ids_of(example["text"]), file=sys.stderr)
        wrong += sum(counts.values())
        if arguments.peers is not None:
            script = pathlib.Path(__file__).with_name("tokenizer_files.mjs")
            found = subprocess.run(
                ["node", str(script), arguments.peers, str(directory)], capture_output=True, text=True, check=True
            )
            for name, report in json.loads(found.stdout).items():
                counts[name] = len(report["other"])
                for example in report["other"]:
                    print(name, json.dumps(example["text"]), file=sys.stderr)
        print(json.dumps({"directory": directory.name, "texts": len(examples), "textsWithOtherIds": counts}))
    print(json.dumps({"tokenizers": tokenizers.__version__, "transformers": transformers.__version__}))
    return int(wrong > 0 or not directories)


if __name__ == "__main__":
    sys.exit(main())
