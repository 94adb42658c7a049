"""The part `halves` of `benchmarks.learning`: identity in one half of W+, judged on listed people not learnt from."""

from __future__ import annotations

from pathlib import Path

from benchmarks.common import Part
from explorer.science.training.photoreal_people import CHECKERS, PhotorealModels
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.halves import load_halves
from explorer.studio.catalogue.networks import Networks
from explorer.studio.populations.halves_scores import PAIRS, halves_scores, scores_text
from explorer.studio.populations.identified_styles import listed_styles
from explorer.studio.populations.list_file import people_list_file, read_people_list

PEOPLE, PICTURES = 100, 4


def measure_halves(work: Path, people: int) -> Part:
    """What either half tells of unseen people, and whose face a mixed one is.

    Args:
        work: the folder of `likeness train halves`. people: at most so many.

    Raises:
        UserError: there are no halves there, or there is no list.
    """
    translator, record = load_halves(work / "halves.safetensors")
    networks = Networks("cpu")
    # The list's people were chosen by the checkers, who therefore do not judge whose face a mixed one is.
    encoders = {name: networks.recogniser(name) for name in present_encoders() if name not in CHECKERS}
    models = PhotorealModels(networks.generator(), networks.detector(), encoders)
    listed = read_people_list(people_list_file())[0]
    judged = listed_styles(listed, models.generator, unseen=True, people=min(people, PEOPLE), pictures=PICTURES)
    scores = halves_scores("people", translator, judged, models, PAIRS)
    print(scores_text(scores), flush=True)
    headline = {"mix_identity_auc": min(one.auc for one in scores.mixed.values())}
    return Part(headline, {"halves": scores.model_dump(mode="json") | {"record": record.model_dump(mode="json")}})
