"""The part `authentication` of `benchmarks.people`: DIFFUSE's table 4 at the sizes that fit two cores.

As `likeness people evaluate authentication --renderer path`: false rejection rates at FAR 1e-3, means of three
trainings, of encoders that were trained on the target set alone, with men only beside it, and with as many women as
men. What is drawn and trained is kept, so that a part that was stopped goes on.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.common import Part
from benchmarks.laboratory_kit import Words, command_words, run, shortened
from explorer.studio.evaluation.authentication_settings import ARMS

FAR = 1e-3
FIGURES = tuple(f"frr_{arm}" for arm in ARMS)


def measure_authentication(work: Path, *sizes: str, renderer: str = "path") -> Part:
    """Run the experiment. sizes: options of the command in place of its own sizes."""
    words: Words = ["people", "evaluate", "authentication", "--work", work, "--renderer", renderer, *sizes, "--json"]
    record = json.loads(run(words))
    told = {arm["arm"]: one["frr"]["value"] for arm in record["arms"] for one in arm["rejections"] if one["far"] == FAR}
    headline = {f"frr_{arm}": value for arm, value in told.items()}
    return Part(headline, {"authentication": shortened({"command": command_words(words), **record})})
