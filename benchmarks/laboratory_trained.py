"""What trained networks of the laboratory come to: decoders, and what takes an attribute out of embeddings.

Both are judged by what their own commands judge them by: `likeness evaluate decoder`, and the end of `likeness train
modification`.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.common import Part
from benchmarks.laboratory_kit import SETS, Figure, Plan, Words, command_words, figure, part_of, run
from explorer.science.decoding.network import FaceDecoder
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.modifier import ModifierRecord
from explorer.studio.catalogue.decoders import decoder_file, load_decoder
from explorer.studio.catalogue.modifiers import load_modifier, modifier_file
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._evaluate_decoder import CORPUS, as_text
from explorer.studio.corpus.decoder_table import DECODER, DecoderTable
from explorer.studio.corpus.reading import read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.laboratory.modifier_judged import faces_by_part, judged_modifier

ATTRIBUTE = "gender"
_WARM, _DECODES = 10, 200
# Held-out encoders take longer than all other measures; so many pictures tell enough.
_COSINES = 200


def measure_decoder(plan: Plan) -> Part:
    """Each shipped decoder on the corpus's test split and on photographs, beside mean face and nearest corpus face.

    Raises:
        SystemExit: an encoder has no decoder, or there is no corpus; it says what to do in a line.
    """
    corpus = _corpus(plan, "decoder")
    try:
        decoders = {encoder: load_decoder(encoder)[0] for encoder in plan.judging}
    except UserError as error:
        raise SystemExit(str(error)) from error
    figures, found = dict[str, Figure](), dict[str, Any]()
    sets = [CORPUS, *(plan.sets or SETS)]
    for encoder, decoder in decoders.items():
        words: Words = [
            "evaluate",
            "decoder",
            *sets,
            "--encoder",
            encoder,
            "--cosines",
            str(_COSINES),
            "--work",
            corpus,
        ]
        command = command_words(words)
        tables = [DecoderTable.model_validate(one) for one in _judged(plan, encoder, words)]
        milliseconds = decode_times(decoder)
        found[encoder] = {
            "command": command,
            "sets": {one.set: _table_details(one) for one in tables},
            "decode_ms": milliseconds.model_dump(),
        }
        if encoder == plan.encoder:
            figures = decoder_figures(tables[0], milliseconds, command)
    return part_of("decoder", figures, encoders=found)


def decoder_figures(table: DecoderTable, milliseconds: Estimate, command: str) -> dict[str, Figure]:
    """How much better than the mean face, in the whole frame, and how long one decode takes."""
    row = _row(table, DECODER)
    gains = {
        "decoder_psnr_gain_db": (row.gains["psnr"], "PSNR over the mean face's, whole frame, in dB"),
        "decoder_lpips_gain": (row.gains["lpips"], "LPIPS under the mean face's, whole frame"),
    }
    found = {key: figure(one, what, table.set, table.encoder, command) for key, (one, what) in gains.items()}
    found["decode_ms"] = figure(
        milliseconds,
        f"milliseconds of one decode, the middle one of {_DECODES}; in between: 95 % of them",
        None,
        table.encoder,
        "python -m benchmarks.laboratory decoder",
    )
    return found


def decode_times(decoder: FaceDecoder) -> Estimate:
    """How long one embedding takes to become a picture, in milliseconds: the middle one, and 95 % of them."""
    embedding = torch.randn(1, decoder.dimension, generator=torch.Generator().manual_seed(0))
    seconds = list[float]()
    for _ in range(_WARM + _DECODES):
        start = time.perf_counter()
        decoder.pictures(embedding)
        seconds.append(time.perf_counter() - start)
    low, middle, high = (float(one) for one in 1000 * np.percentile(seconds[_WARM:], (2.5, 50, 97.5)))
    return Estimate(value=middle, low=low, high=high)


def measure_modification(plan: Plan) -> Part:
    """What fresh probes tell of gender on modified embeddings of the corpus's test people, and what is verified.

    Raises:
        SystemExit: there is no corpus, or nothing was trained; it says what to do in a line.
    """
    corpus, encoder = _corpus(plan, "modification"), plan.encoder
    try:
        modifier = load_modifier(encoder, ATTRIBUTE)
        kept = plan.work / f"{encoder}-{_sha256(modifier_file(encoder, ATTRIBUTE))[:16]}-{'-'.join(_names(plan))}.json"
        record = _kept_record(kept)
        if record is None:
            faces = faces_by_part(read_dataset(CorpusFolder(corpus)), encoder, ATTRIBUTE)
            record = judged_modifier(modifier, faces, plan.sets or SETS, Networks("cpu"), print)
            atomic_write(kept, record.model_dump_json(indent=2).encode())
    except UserError as error:
        raise SystemExit(str(error)) from error
    command = command_words(["train", "modification", "--encoder", encoder, "--attribute", ATTRIBUTE, "--work", corpus])
    figures = modification_figures(record, plan.set_of("orl"), command)
    return part_of("modification", figures, record=record.model_dump(mode="json"), command=command)


def modification_figures(record: ModifierRecord, name: str, command: str) -> dict[str, Figure]:
    """What the best of three fresh probes tells, and TAR at FAR 0.1 % on photographs, both by the network."""
    assert record.network is not None, "it was judged"
    best = record.network.best
    told = Estimate(value=best.value, low=best.low, high=best.high)
    what = f"balanced accuracy of the best of three probes trained afresh ({record.network.name})"
    figures = {"gender_after_modification": figure(told, what, CORPUS, record.encoder, command)}
    verified = next((one for one in record.verified if one.set == name), None)
    if verified is not None:
        after = f"TAR at FAR 0.1 %, modified embeddings; as they are {verified.before.value:.4f}"
        passing = None if verified.passing is None else Estimate(value=verified.passing)
        figures["tar_after_modification"] = figure(verified.network, after, name, record.encoder, command, passing)
    return figures


def _names(plan: Plan) -> list[str]:
    return [Path(name).name for name in plan.sets or SETS]


def _kept_record(path: Path) -> ModifierRecord | None:
    """What was judged before, of the same file and sets."""
    try:
        return ModifierRecord.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def _judged(plan: Plan, encoder: str, words: Words) -> list[dict[str, Any]]:
    """The tables of a decoder; those of the same file are not made again."""
    kept = plan.work / f"{encoder}-{_sha256(decoder_file(encoder))[:16]}-{'-'.join(_names(plan))}.json"
    try:
        tables = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        tables = json.loads(run([*words, "--json"]))
        atomic_write(kept, json.dumps(tables).encode())
    for table in tables:
        print(as_text(DecoderTable.model_validate(table)) + "\n", flush=True)
    return list(tables)


def _table_details(table: DecoderTable) -> dict[str, Any]:
    about = table.model_dump(mode="json", include={"perceptual", "side", "trained_on", "credit"})
    return about | {"rows": [row.model_dump(mode="json", exclude_defaults=True) for row in table.rows]}


def _row(table: DecoderTable, name: str) -> Any:
    return next(row for row in table.rows if row.name == name)


def _corpus(plan: Plan, part: str) -> Path:
    if plan.corpus is None:
        raise SystemExit(f"{part} needs a corpus: give its folder by --corpus; `likeness train corpus` makes one")
    return plan.corpus


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
