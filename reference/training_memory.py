"""PyTorch's peak memory for a training step: what bench/sides/memory.ts does, with transformers and the fused AdamW.

    python training_memory.py minilm|bert-base ROWS COLUMNS
"""

import json
import sys

import torch
import transformers
from transformers import BertConfig, BertForTokenClassification

SHAPES = {
    "minilm": {"vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536},
    "bert-base": {"vocab_size": 28996, "hidden_size": 768, "num_hidden_layers": 12, "intermediate_size": 3072},
}

name, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(2)
torch.manual_seed(1)
network = BertForTokenClassification(BertConfig(num_attention_heads=12, num_labels=3, **SHAPES[name]))
network.train()
optimizer = torch.optim.AdamW(network.parameters(), lr=1e-5, weight_decay=0.01, fused=True)
for _ in range(2):
    ids = torch.randint(1, 20000, (rows, columns))
    labels = torch.randint(0, 3, (rows, columns))
    loss = network(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
with open("/proc/self/status", encoding="utf-8") as file:
    peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
versions = {"torch": torch.__version__, "transformers": transformers.__version__}
print(json.dumps({"peakBytes": peak, "versions": versions}))
