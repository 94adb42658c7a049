"""A made-up corpus in a folder, and the same as a dataset."""

import numpy as np
import torch

from explorer.science.training.corpus import CorpusRecipe
from explorer.studio.corpus.shards import ShardName, begin
from tests.science.leakage_kit import made_up_corpus

PER_SHARD = 100
FRAME = np.zeros((224, 224, 3), np.uint8)


def write_corpus(folder, encoder="sface", dimension=128, faces=300):
    """Write base shards and one of edits; every tenth base face is labelled twice."""
    data = made_up_corpus(faces + PER_SHARD, dimension)
    corpus = begin(folder, CorpusRecipe(faces=faces, edits=PER_SHARD, per_shard=PER_SHARD))
    for number, part in enumerate(torch.arange(faces + PER_SHARD).split(PER_SHARD)):
        edit = number * PER_SHARD >= faces
        tensors = {
            "index": part.clone(),
            "base": part - faces if edit else part,
            "split": torch.zeros(PER_SHARD, dtype=torch.uint8) if edit else data.split[part],
            "psi": torch.ones(PER_SHARD),
            "crossover": (part % 3 == 0).to(torch.uint8),
            "w": data.w[part],
            "z": data.z[part],
            "mixed_rows": torch.zeros(0, dtype=torch.int64),
            "mixed_w": torch.zeros(0, 512),
            f"first/{encoder}": data.first["made-up"][part],
            f"second/{encoder}": data.second["made-up"][part],
            "first/points": torch.zeros(PER_SHARD, 5, 2),
            "repeat_rows": torch.zeros(0, dtype=torch.int64) if edit else torch.arange(0, PER_SHARD, 10) + number + 2,
        }
        tensors |= {f"labels/{name}": values[part] for name, values in data.labels.items()}
        if not edit:
            repeated = part[tensors["repeat_rows"]]
            tensors |= {f"repeat/{name}": values[repeated] for name, values in data.labels.items()}
        name = ShardName("edit" if edit else "base", 0 if edit else number)
        corpus.write(name, tensors, [FRAME] * PER_SHARD, {})
    return corpus, data
