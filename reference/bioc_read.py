"""Reads BioC XML and JSON files that biobert wrote with Python's `bioc` (2.1), and prints what it found.

    biobert datasets convert CORPUS --to bioc-xml --output x.xml
    biobert datasets convert CORPUS --to bioc-json --output x.json
    python reference/bioc_read.py x.xml x.json

Every annotation's text must be the passage's text at its offsets, and both files must hold the same.
"""

import sys

from bioc import biocjson, biocxml


def read(path):
    with open(path, encoding="utf-8") as stream:
        collection = biocjson.load(stream) if path.endswith(".json") else biocxml.load(stream)
    found = []
    for document in collection.documents:
        for passage in document.passages:
            for part in [passage, *passage.sentences]:
                for annotation in part.annotations:
                    places = [(place.offset, place.length) for place in annotation.locations]
                    texts = [part.text[offset - part.offset : offset - part.offset + length] for offset, length in places]
                    assert " ".join(texts) == annotation.text, (document.id, annotation.id, texts, annotation.text)
                    found.append((document.id, annotation.id, annotation.infons, places))
        found.append((document.id, [(r.id, r.infons, [(n.refid, n.role) for n in r.nodes]) for r in document.relations]))
    return found


if __name__ == "__main__":
    results = [read(path) for path in sys.argv[1:]]
    assert all(result == results[0] for result in results), "the files differ"
    print(f"{sum(len(item) == 4 for item in results[0])} annotations, the same in {len(results)} files")
