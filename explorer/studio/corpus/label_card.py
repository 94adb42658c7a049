"""The card of a file of labels: which faces, by which recipe, how exactly each label is kept, and on what terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.leakage.labels import LABELS, THRESHOLDS
from explorer.science.leakage.labels.histogram import binned
from explorer.science.training.corpus import SPLITS
from explorer.science.training.label_codes import CODES, POINTS, errors, from_codes, most_error, pack, to_codes
from explorer.studio.corpus.label_collecting import labelled_shards
from explorer.studio.corpus.label_file import LABELLED_KINDS, CorpusLabels
from explorer.studio.corpus.shards import CorpusFolder

_MEGABYTE = 1e6


@dataclass(frozen=True)
class LabelErrors:
    """How far a label of measured faces lies from what comes back. changed: faces that are said to be otherwise."""

    typical: float
    most: float
    changed: str


def measured_errors(corpus: CorpusFolder) -> tuple[int, dict[str, LabelErrors]]:
    """What keeping them does to the labels of a corpus that was labelled in full: how many faces, and by label."""
    values: dict[str, list[NDArray[Any]]] = {}
    for name in (name for kind in LABELLED_KINDS for name in labelled_shards(corpus, kind)):
        shard = corpus.read(name)
        for label in LABELS:
            values.setdefault(label, []).append(shard[f"labels/{label}"].numpy())
        values.setdefault(POINTS, []).append(shard["first/points"].numpy())
    whole = {label: np.concatenate(parts) for label, parts in values.items()}
    found = {}
    for label, of_faces in whole.items():
        away = errors(label, of_faces)
        found[label] = LabelErrors(float(np.median(away)), float(away.max()), _changed(label, of_faces))
    return len(whole[POINTS]), found


def _changed(label: str, values: NDArray[Any]) -> str:
    returned = from_codes(label, to_codes(label, values))
    if label in THRESHOLDS:
        flips = (values >= THRESHOLDS[label]) != (returned >= THRESHOLDS[label])
        return f"{flips.sum()} change sides"
    if label == "expression":
        return f"{(values.argmax(-1) != returned.argmax(-1)).sum()} change their name"
    if label == "histogram":
        moved = np.abs((binned(values) - binned(returned)).cumsum(-1)).sum(-1).mean(-1)
        return f"EMD at most {moved.max():.3f} of the probes' bins"
    return ""


def labels_card(labels: CorpusLabels, file: Path, faces: int, found: dict[str, LabelErrors]) -> str:
    """The card as Markdown.

    Args:
        file: as written. faces, found: from `measured_errors`.
    """
    lines = [
        f"# {file.stem}: what the labellers say of generated faces",
        "",
        "What it is for: `likeness train corpus --from-labels --work DIR` draws these faces again by their seeds and",
        "embeds them under any encoder, without the hours that labelling takes. The faces themselves do not ship.",
        "",
        "| | |",
        "|---|---|",
    ]
    for kind, of_kind in labels.kinds.items():
        shown, slots = len(of_kind), int(labels.recipe["per_shard"]) * len(of_kind.shards)
        lines.append(f"| {kind} faces | {shown}; {slots - shown} more show no face and are left out |")
        lines.append(f"| {kind} faces labelled twice | {len(of_kind.repeated)} |")
    if "base" in labels.kinds:
        split = labels.kinds["base"].columns["split"]
        lines += [f"| {name} split | {(split == place).sum()} |" for place, name in enumerate(SPLITS)]
    lines += [
        f"| recipe, {name} | {value} |" for name, value in labels.recipe.items() if name not in ("faces", "edits")
    ]
    lines += [
        "| command | `likeness train corpus --work DIR`, then `likeness train corpus-labels --work DIR` |",
        f"| file | safetensors, {file.stat().st_size / _MEGABYTE:.2f} MB; its metadata states every scale |",
        "| terms | of faces drawn by MobileStyleGAN, by the networks of models/README.md: non-commercial research |",
        "",
        "## How exactly labels are kept",
        "",
        "Each as the nearest multiple of a step; what is said to be there or absent stays so.",
        f"Measured on {faces} faces. Histograms: counts of {CODES['histogram'].shape[-1]} bins of the 50,176 pixels.",
        "",
        "| label | unit | step | error, by its step at most | median | largest | | bytes a face |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for label, code in CODES.items():
        size, count = _packed(labels, label)
        one = found[label]
        lines.append(
            f"| {label} | {code.unit} | {code.step:g} | {most_error(label):g} | {one.typical:.2g} | {one.most:.2g} "
            f"| {one.changed} | {size / max(count, 1):.1f} |"
        )
    return "\n".join([*lines, ""])


def _packed(labels: CorpusLabels, label: str) -> tuple[int, int]:
    """How many bytes the codes of a label take, and of how many faces."""
    all_codes = [faces.codes[label] for faces in labels.kinds.values()]
    return sum(len(pack(label, codes)) for codes in all_codes), sum(len(codes) for codes in all_codes)
