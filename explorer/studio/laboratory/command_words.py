"""The lines of `likeness lab` that do what the window does. No torch."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from explorer.science.leakage.edits import Patch
from explorer.studio.faces.state import ENCODER, FACES
from explorer.studio.laboratory.chosen import aims
from explorer.studio.laboratory.state import LAB
from explorer.studio.laboratory.values import AttackChoice, LabChoice, LabFace, OcclusionChoice
from explorer.studio.session.state import Session


def command_lines(session: Session, faces: Sequence[LabFace]) -> list[str]:
    """The lines, fit for a shell, that make the rows of these faces.

    Files are named without the folders that they lie in. Of a photograph with several faces in the session it is said
    which one is meant.
    """
    choice, encoder = session[LAB], session[ENCODER]
    alone = choice.operation == "attack"
    counts: dict[str, int] = {}
    for face in session[FACES].values():
        counts[face.photograph_key] = counts.get(face.photograph_key, 0) + 1
    several = any(counts.get(face.photograph.sha256, 0) > 1 for face in faces)
    words = _words(session, choice, encoder)
    if not (alone or several):
        return [_line(choice, [face.photograph.name for face in faces], words)]
    return [_line(choice, [face.photograph.name], [*words, *_which(face, counts, choice)]) for face in faces]


def _line(choice: LabChoice, names: Sequence[str], words: Sequence[str]) -> str:
    return shlex.join(["likeness", "lab", choice.operation, *names, *words])


def _which(face: LabFace, counts: dict[str, int], choice: LabChoice) -> list[str]:
    number = face.key.rpartition("/")[2]
    known = counts.get(face.photograph.sha256, 0) > 1 and number.isdigit() and choice.operation != "modify"
    return ["--face", str(int(number) + 1)] if known else []


def _words(session: Session, choice: LabChoice, encoder: str) -> list[str]:
    """The options. The encoders are left out where the command looks through all of them, as the window does."""
    if choice.operation == "alter":
        maps = ["--maps", _file(choice.maps)] if choice.maps else []
        again = "with" if choice.alter.realigned else "without"
        return ["--alteration", choice.alter.name, "--realignment", again, *maps]
    if choice.operation == "occlusion":
        return _hiding(choice.occlusion)
    if choice.operation == "attack":
        return [*_attacking(session, choice.attack), "--encoder", encoder, "--out", "DIR"]
    own = ["--modifier", _file(choice.modifier)] if choice.modifier else []
    method = ["--attribute", choice.modify.attribute, "--method", choice.modify.method, *own]
    return [*method, "--encoder", encoder, "--out", "OUT.npy"]


def _hiding(chosen: OcclusionChoice) -> list[str]:
    words = ["--hide", ",".join(chosen.regions)] if chosen.regions else []
    for patch in chosen.patches:
        words += _patch(patch)
    words += ["--together"] if len(chosen.regions) + len(chosen.patches) > 1 else []
    words += ["--fill", chosen.fill] if chosen.fill != "colour" else ["--colour", bytes(chosen.colour).hex()]
    return [*words, "--realign"] if chosen.realign else words


def _patch(patch: Patch) -> list[str]:
    if patch.width > 0:
        places = " ".join(f"{x:.4g},{y:.4g}" for x, y in patch.points)
        return ["--stroke", f"{places} {patch.width:g}"]
    across, down = [x for x, _ in patch.points], [y for _, y in patch.points]
    sides = (min(across), min(down), max(across) - min(across), max(down) - min(down))
    return ["--rectangle", ",".join(f"{side:.4g}" for side in sides)]


def _attacking(session: Session, chosen: AttackChoice) -> list[str]:
    where = ["--towards", aims(session)[chosen.towards]] if chosen.towards in aims(session) else ["--away"]
    steps = [] if chosen.steps is None else ["--steps", str(chosen.steps)]
    return [*where, "--method", chosen.method, "--budget", f"{chosen.budget:g}", *steps]


def _file(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
