"""Writes the TensorFlow forms of the tiny BERT of checkpoints_golden.py: a checkpoint as Google's BERT saves it, with Adam's
slots, and an archive laid out as BioBERT was released. TensorFlow itself writes the files and reads them back.

    python reference/checkpoints_tensorflow.py
    python reference/checkpoints_tensorflow.py --check PREFIX FILE.safetensors   # a checkpoint that we wrote, against its source

Needs tensorflow-cpu and safetensors.
"""

import io
import re
import sys
import tarfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "checkpoints"


def tensorflow_name(name: str) -> tuple[str, bool]:
    """The name in a TensorFlow checkpoint, and whether the matrix is transposed (modeling.py of google-research/bert)."""
    if name.startswith("classifier."):
        return name.replace("classifier.weight", "output_weights").replace("classifier.bias", "output_bias"), False
    if name == "cls.predictions.bias":
        return "cls/predictions/output_bias", False
    if name.startswith("cls.seq_relationship."):
        return f"cls/seq_relationship/output_{'weights' if name.endswith('weight') else 'bias'}", False
    name = re.sub(r"\.layer\.(\d+)", r".layer_\1", name)
    name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    if name.endswith("_embeddings.weight"):
        name = name.removesuffix(".weight")
    transposed = name.endswith(".weight")
    return re.sub(r"\.weight$", ".kernel", name).replace(".", "/"), transposed


def save(prefix: Path, variables: dict[str, np.ndarray]) -> None:
    names = sorted(variables)
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names), tensors=[tf.constant(variables[name]) for name in names]
    )


def check(prefix: str, source: str) -> None:
    reader = tf.train.load_checkpoint(prefix)
    names = set(reader.get_variable_to_shape_map())
    for name, tensor in load_file(source).items():
        target, transposed = tensorflow_name(name)
        assert np.array_equal(reader.get_tensor(target), tensor.T if transposed else tensor), name
        names.remove(target)
    assert not names, names
    print(f"{len(load_file(source))} tensors equal to the bit, none besides")


def main() -> None:
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2], sys.argv[3])
        return
    variables: dict[str, np.ndarray] = {}
    generator = np.random.default_rng(5)
    for name, tensor in load_file(OUT / "model.safetensors").items():
        target, transposed = tensorflow_name(name)
        variables[target] = np.ascontiguousarray(tensor.T) if transposed else tensor
    hidden = variables["bert/pooler/dense/bias"].shape[0]
    vocabulary = variables["bert/embeddings/word_embeddings"].shape[0]
    for name, shape in (
        ("cls/predictions/transform/dense/kernel", (hidden, hidden)),
        ("cls/predictions/transform/dense/bias", (hidden,)),
        ("cls/predictions/transform/LayerNorm/gamma", (hidden,)),
        ("cls/predictions/transform/LayerNorm/beta", (hidden,)),
        ("cls/predictions/output_bias", (vocabulary,)),
        ("cls/seq_relationship/output_weights", (2, hidden)),
        ("cls/seq_relationship/output_bias", (2,)),
    ):
        variables[name] = generator.standard_normal(shape).astype(np.float32)
    for name in ("bert/pooler/dense/kernel", "bert/encoder/layer_0/output/dense/kernel"):
        for slot in ("adam_m", "adam_v"):
            variables[f"{name}/{slot}"] = np.zeros_like(variables[name])
    variables["global_step"] = np.int64(1000000)

    folder = OUT / "tensorflow"
    folder.mkdir(exist_ok=True)
    prefix = folder / "model.ckpt-1000000"
    save(prefix, variables)
    reader = tf.train.load_checkpoint(str(prefix))
    for name, value in variables.items():
        assert np.array_equal(reader.get_tensor(name), value), name

    # As biobert_v1.1_pubmed.tar.gz: one folder, bert_config.json, no word about casing.
    config = (OUT / "config.json").read_text()
    members = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    members |= {"bert_config.json": config.encode(), "vocab.txt": (OUT / "vocab.txt").read_bytes()}
    with tarfile.open(OUT / "biobert_tiny.tar.gz", "w:gz") as archive:
        directory = tarfile.TarInfo("biobert_tiny/")
        directory.type = tarfile.DIRTYPE
        archive.addfile(directory)
        for name, content in sorted(members.items()):
            entry = tarfile.TarInfo(f"biobert_tiny/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main()
