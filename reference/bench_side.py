"""The process of a peer: answers requests, a JSON line each, as bench/sides/serve.ts does for us."""

import json
import os
import re
import resource
import signal
import sys


def peak_memory_bytes():
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return int(re.search(r"^VmHWM:\s+(\d+) kB", status.read(), re.MULTILINE).group(1)) * 1024
    except OSError:  # not Linux; macOS counts in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def serve(handlers):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the benchmark that started this process ends it
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no reply
    for line in sys.stdin:
        request = json.loads(line)
        what = request.pop("run")
        reply = {"peakMemoryBytes": peak_memory_bytes()} if what == "finish" else handlers[what](**request)
        replies.write('{"reply":' + json.dumps(reply) + "}\n")
        replies.flush()
        if what == "finish":
            break
