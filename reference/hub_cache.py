"""Holds `biobert pull` to Python's huggingface_hub and transformers: what either puts into the Hub's cache, the other uses
without a network. A hub on this machine serves small random BERTs; nothing else is asked.

    python reference/hub_cache.py        # from the project's root, in an environment with torch and transformers

Prints a line a check and ends with 1 at the first that fails. Leaves out: gated models and failures (test/hub has those).
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
COMMIT = "89abcdef" * 5
LARGE = (".bin", ".safetensors")
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] The patient had a fever and lung cancer . ##s".split()

repositories: dict[str, dict[str, bytes]] = {}
requests: list[tuple[str, str, str]] = []
bytes_per_second = None


def entity_tag(name: str, content: bytes) -> str:
    if name.endswith(LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """Answers as huggingface.co does, as far as both clients ask."""

    protocol_version = "HTTP/1.1"
    content_port = 0

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        requests.append(("hub", self.command, path))
        if listing := re.fullmatch(r"/api/models/([^/]+/[^/]+)/(revision|tree)/(.+)", path):
            name, kind, revision = listing.groups()
            files = repositories.get(name)
            if kind == "tree" and "/" in revision:
                return self.answer(404, {"X-Error-Code": "EntryNotFound"})
            if files is None or revision not in ("main", COMMIT):
                return self.answer(404, {"X-Error-Code": "RepoNotFound" if files is None else "RevisionNotFound"})
            if kind == "revision":
                value = {"id": name, "sha": COMMIT, "siblings": [{"rfilename": file} for file in files]}
            else:
                value = [self.entry(file, content) for file, content in files.items()]
            return self.answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())
        wanted = re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path)
        if wanted is None:
            return self.answer(404, {})
        name, file = wanted.groups()
        content = repositories[name].get(file)
        common = {"X-Repo-Commit": COMMIT}
        if content is None:
            return self.answer(404, {**common, "X-Error-Code": "EntryNotFound"})
        tag = f'"{entity_tag(file, content)}"'
        if not file.endswith(LARGE):
            return self.answer(200, {**common, "ETag": tag, "Content-Length": str(len(content))}, content)
        location = f"http://127.0.0.1:{self.content_port}/{name}/{file}?signature=x"
        self.answer(302, {**common, "X-Linked-Etag": tag, "X-Linked-Size": str(len(content)), "Location": location})

    @staticmethod
    def entry(file, content):
        tag = entity_tag(file, content)
        large = {"lfs": {"oid": tag, "size": len(content), "pointerSize": 130}} if file.endswith(LARGE) else {}
        oid = hashlib.sha1(file.encode()).hexdigest() if large else tag
        return {"type": "file", "path": file, "size": len(content), "oid": oid, **large}


class Content(Hub):
    """The other host, which has the large files."""

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        requests.append(("content", self.command, path))
        assert self.headers.get("Authorization") is None
        owner, name, file = path.strip("/").split("/", 2)
        content = repositories[f"{owner}/{name}"][file]
        start = int(re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-")).group(1))
        headers = {"Content-Length": str(len(content) - start)}
        if start > 0:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.send_response(206 if start > 0 else 200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        try:
            for at in range(start, len(content), 65536):
                self.wfile.write(content[at : at + 65536])
                if bytes_per_second is not None:
                    time.sleep(65536 / bytes_per_second)
        except ConnectionError:
            self.close_connection = True


def make_repositories(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    torch.manual_seed(1)
    labels = {0: "O", 1: "B-Disease", 2: "I-Disease"}
    config = BertConfig(vocab_size=len(WORDS), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                        intermediate_size=128, max_position_embeddings=64, id2label=labels)
    model = BertForTokenClassification(config).eval()
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS) + "\n")

    def keep(name: str, directory: Path, only=None) -> None:
        files = {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if only is None or path.name in only}
        repositories[name] = {".gitattributes": b"*.bin filter=lfs\n", "README.md": b"# card\n", "vocab.txt": vocabulary.read_bytes(), **files}

    single, sharded, old = folder / "single", folder / "sharded", folder / "old"
    model.save_pretrained(single)
    BertTokenizerFast(vocab=str(vocabulary), do_lower_case=False).save_pretrained(single)
    keep("local/safetensors", single)
    model.save_pretrained(sharded, max_shard_size="100KB")
    keep("local/sharded", sharded)
    # As BioBERT v1.1 was published: configuration, vocabulary, PyTorch's own format, no tokenizer settings.
    old.mkdir()
    (old / "config.json").write_bytes((single / "config.json").read_bytes())
    torch.save(model.state_dict(), old / "pytorch_model.bin")
    keep("local/torch", old)
    repositories["local/torch"]["flax_model.msgpack"] = b"not wanted"


def run(command, environment, check=True):
    result = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True,
                            env={**os.environ, **environment}, timeout=300)
    if check and result.returncode != 0:
        sys.exit(f"FAILED: {command}\n{result.stdout}\n{result.stderr}")
    return result


def biobert(*arguments, **environment):
    return run(["node", ROOT / "bin" / "biobert.mjs", *arguments], environment)


LOAD = """
import sys, torch
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download
from transformers import AutoModelForTokenClassification, BertTokenizer
name, torch_only = sys.argv[1], sys.argv[1].endswith("torch")
model = AutoModelForTokenClassification.from_pretrained(name).eval()
tokens = BertTokenizer.from_pretrained(name, do_lower_case=False)("The patient had lung cancer .", return_tensors="pt")
with torch.no_grad():
    print([round(x, 5) for x in model(**tokens).logits.flatten().tolist()])
print(hf_hub_download(name, "config.json"))
scan = scan_cache_dir()
assert not scan.warnings, scan.warnings
assert {repo.repo_id for repo in scan.repos} >= {name}
"""


def python(name, **environment):
    return run([sys.executable, "-c", LOAD, name], {"HF_HUB_DISABLE_TELEMETRY": "1", **environment}).stdout.splitlines()


def events(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def content_requests():
    return [request for request in requests if request[0] == "content" and request[1] == "GET"]


def check(what, holds):
    print(f"{'ok    ' if holds else 'FAILED'} {what}", flush=True)
    if not holds:
        sys.exit(1)


def main() -> None:
    global bytes_per_second
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_repositories(folder)
        servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for handler in (Hub, Content)]
        Hub.content_port = servers[1].server_port
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = {"HF_ENDPOINT": f"http://127.0.0.1:{servers[0].server_port}", "HF_TOKEN": "hf_check"}
        text = folder / "note.txt"
        text.write_text("The patient had a fever and lung cancer .")
        expected = None
        for links in ({}, {"HF_HUB_DISABLE_SYMLINKS": "1"}):
            how = "files" if links else "links"
            for name in repositories:
                kind = f"{name}, {how}"
                ours = {"HF_HOME": str(folder / f"ours-{how}"), **links}
                biobert("pull", name, **ours, **endpoint)
                logits, config = python(name, **ours, HF_HUB_OFFLINE="1")
                expected = expected or logits
                check(f"{kind}: Python loads what we pulled, offline, to the same logits", logits == expected)
                check(f"{kind}: from our cache", Path(config).is_relative_to(folder / f"ours-{how}"))
                requests.clear()
                python(name, **ours, **endpoint)
                check(f"{kind}: Python, online, fetches no weights again", content_requests() == [])

                theirs = {"HF_HOME": str(folder / f"theirs-{how}"), **links}
                python(name, **theirs, **endpoint)
                requests.clear()
                pulled = events(biobert("pull", name, **theirs, **endpoint))[-1]
                check(f"{kind}: we check what Python cached and fetch no weights again", content_requests() == [])
                requests.clear()
                offline = {**theirs, "HF_HUB_OFFLINE": "1"}
                again = events(biobert("pull", name, **offline))[-1]
                check(f"{kind}: we use Python's snapshot, offline", again["directory"] == pulled["directory"] and again["downloadedBytes"] == 0)
                if name == "local/safetensors":
                    found = biobert("annotate", "--model", name, "--precision", "fp32", "--format", "jsonl", text, **offline)
                    check(f"{kind}: annotate runs it", "entities" in found.stdout and requests == [])

        repositories["local/torch"]["pytorch_model.bin"] += bytes(3_000_000)
        bytes_per_second = 1_000_000
        killed = {"HF_HOME": str(folder / "killed")}
        command = ["node", str(ROOT / "bin" / "biobert.mjs"), "pull", "local/torch"]
        environment = {**os.environ, **killed, **endpoint}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
        tag = entity_tag("pytorch_model.bin", repositories["local/torch"]["pytorch_model.bin"])
        partial = folder / "killed" / "hub" / "models--local--torch" / "blobs" / f"{tag}.biobert.incomplete"
        while process.poll() is None and (not partial.exists() or partial.stat().st_size < 500_000):
            time.sleep(0.05)
        # In a clone the command may run as a child of the one we started: its session ends as a whole.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        bytes_per_second = None
        size = partial.stat().st_size
        resumed = events(biobert("pull", "local/torch", **killed, **endpoint))
        begun = next(event for event in resumed if event["type"] == "file" and event["file"] == "pytorch_model.bin")
        check(f"killed at {size} bytes: goes on from {begun['fromByte']}", begun["state"] == "resume" and begun["fromByte"] >= 500_000)
        blob = (folder / "killed" / "hub").glob("*/snapshots/*/pytorch_model.bin")
        check("and ends with the right bytes", next(blob).read_bytes() == repositories["local/torch"]["pytorch_model.bin"])
        for server in servers:
            server.shutdown()
    print("all checks passed")


if __name__ == "__main__":
    main()
