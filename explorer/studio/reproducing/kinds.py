"""Which kind of export a record is of, and why some cannot be made again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from explorer.science.inversion.presets import PRESETS
from explorer.studio.batch.job import Job
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import Provenance
from explorer.studio.reproducing.making import Reproducer
from explorer.studio.reproducing.sources import outdated

_MOST_WORDS, _LONGEST = 60, 600
_COMMAND: TypeAdapter[list[str]] = TypeAdapter(
    Annotated[list[Annotated[str, Field(max_length=400)]], Field(min_length=1, max_length=_MOST_WORDS)]
)


def again_of(record: Provenance, name: str) -> Reproducer | None:
    """What makes an export again; None where inversions do, as `explorer.studio.reproducing.runs` reads them.

    Raises:
        UserError: it cannot be made again, or its record is damaged or of an earlier version.
    """
    kind = record.get("kind")
    if isinstance(kind, str) and kind in REPRODUCERS:
        return REPRODUCERS[kind]().of(record, name)
    if is_of_inversions(record):
        return None
    raise UserError(why_not(record, name))


def is_of_inversions(record: Provenance) -> bool:
    """Whether a record describes inversions and how they are drawn."""
    if "settings" not in record or "target" not in record:
        return False
    return "table" not in record and ("figure" not in record or "drawing" in record)


def why_not(record: Provenance, name: str) -> str:
    """Why an export cannot be made again from its record, and what to do instead, in one line."""
    kind = _words(record.get("kind") or "something else")
    command = command_of(record)
    if command:
        more = "; results of single photographs say themselves how they were made" if kind.startswith("batch") else ""
        made = "in several ways" if command.startswith("likeness compare-methods") else "of several files, or of none"
        return f"{name} was made {made}: make it again by `{command}`{more}"
    if (kind == "picture" and "view" in record) or ("scene" in record and "fit" in record):
        return str(outdated(name, "which face of the photograph it is of"))
    if kind == "picture" and "picture_edit" in record:
        return f"{name} shows its source, {_source(record)}, as it was edited to be read: export the readouts instead"
    if kind in _SHOWN:
        return f"{name} {_SHOWN[kind].format(source=_source(record))}"
    if "runs" in record or "settings" in record:
        what = _words(record.get("figure") or record.get("table") or "numbers")
        return f"{name} lists numbers of inversions ({what}): make their own pictures and figures again instead"
    return f"{name} holds {kind}, which cannot be made again from its record: give the command again that made it"


_SHOWN = {
    "photograph": "shows its source itself, {source}, and nothing that was computed: open that photograph",
    "picture": "is a picture of the window that shows its source, {source}, and nothing that was computed: open that",
    "panel": "is a picture of a panel of the window: export the figure or the table of what the panel shows instead",
    "start of an inversion": "shows a start before its run had made a step: export a step of the run",
    "inversion of several": "shows one of several inversions before they were finished: export it once they are",
}


def command_of(record: Provenance) -> str:
    """The command that made an export, fit for a shell, from the words of its record or from its batch; else empty."""
    job = record.get("job")
    try:
        if job is not None:
            return _shell(_of_batch(Job.model_validate(job)))
        return _shell(_COMMAND.validate_python(record["command"]))
    except (KeyError, ValidationError):
        return ""


def command_record(command: str, names: list[str], options: Mapping[str, Any]) -> list[str]:
    """The words of a command for a record, without "likeness".

    Args:
        command: such as "evaluate leakage". names: of files or folders, without what lies above them.
        options: by name, as the command was given them; lists are repeated, None and empty ones left out.
    """
    said = [*command.split(), *(name.replace("\\", "/").rstrip("/").rpartition("/")[2] for name in names)]
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            said.append(f"--{flag}" if value else f"--no-{flag}")
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            said += (
                [] if one is None or one == "" else [f"--{flag}", f"{one:g}" if isinstance(one, float) else str(one)]
            )
    return said


def _of_batch(job: Job) -> list[str]:
    if job.kind == "invert":
        given = job.settings.model_dump(exclude_defaults=True, exclude={"weights", "encoder"})
        given |= {"preset": _preset(job)}
        given |= {"figure": ",".join(job.figure), "encoder": job.encoder}
        given |= {} if job.mark else {"mark": False}
        given |= {"source": True} if job.source else {}
    else:
        given = {"refine": False} if job.kind == "fit" and not job.refine else {}
        given |= {} if job.kind == "fit" else {"encoder": job.encoder}
        given |= _of_reconstructions(job) if job.by == "reconstruction" else {}
    return command_record(f"batch {job.kind}", ["FOLDER"], {**given, "out": "DIR"})


def _of_reconstructions(job: Job) -> dict[str, Any]:
    settings = job.settings.model_dump(exclude_defaults=True, exclude={"weights", "encoder"})
    return {**settings, "preset": _preset(job), "by": job.by, "runs": job.runs}


def _preset(job: Job) -> str | None:
    """The preset that a batch's weights and forms are; None for the one by default, and where there is none."""
    settings = job.settings
    for name, preset in PRESETS.items():
        forms = all(getattr(settings, field) == value for field, value in preset.settings.items())
        if forms and settings.weights == dict(preset.weights):
            return None if name == "default" else name
    return None


def _shell(words: list[str]) -> str:
    """As one line that a shell takes for these very words, whatever a stranger put into them."""
    printable = ["".join(letter for letter in word if letter.isprintable()) for word in words]
    if printable[:1] not in (["batch"], ["evaluate"], ["lab"], ["people"], ["compare-methods"]):
        return ""
    line = shlex.join(["likeness", *printable])
    return line if len(line) <= _LONGEST else f"{shlex.join(['likeness', *printable[:2]])} with other words"


def _source(record: Provenance) -> str:
    source = record.get("source") or record.get("photograph")
    named = source.get("name") if isinstance(source, dict) else None
    return _words(named or "its source")


def _words(said: object) -> str:
    """A few words of a record, in one line."""
    return "".join(letter for letter in str(said)[:60] if letter.isprintable())


def _readouts() -> type[Reproducer]:
    from explorer.studio.reproducing.readouts import ReadoutsReproducer

    return ReadoutsReproducer


def _three_ways() -> type[Reproducer]:
    from explorer.studio.reproducing.three_ways import ThreeWaysReproducer

    return ThreeWaysReproducer


def _fit() -> type[Reproducer]:
    from explorer.studio.reproducing.fits import FitReproducer

    return FitReproducer


def _view() -> type[Reproducer]:
    from explorer.studio.reproducing.views import ViewReproducer

    return ViewReproducer


def _embedding() -> type[Reproducer]:
    from explorer.studio.reproducing.embeddings import EmbeddingReproducer

    return EmbeddingReproducer


def _decoded() -> type[Reproducer]:
    from explorer.studio.reproducing.decoded import DecodedReproducer

    return DecodedReproducer


def _attack() -> type[Reproducer]:
    from explorer.studio.reproducing.attacks import AttackReproducer

    return AttackReproducer


def _attacked_faces() -> type[Reproducer]:
    from explorer.studio.reproducing.attacked_faces import AttackedFacesReproducer

    return AttackedFacesReproducer


def _template() -> type[Reproducer]:
    from explorer.studio.reproducing.templates import TemplateReproducer

    return TemplateReproducer


def _altered_faces() -> type[Reproducer]:
    from explorer.studio.reproducing.alterations import AlteringReproducer

    return AlteringReproducer


def _occlusion() -> type[Reproducer]:
    from explorer.studio.reproducing.occlusions import OcclusionReproducer

    return OcclusionReproducer


def _drawn_person() -> type[Reproducer]:
    from explorer.studio.reproducing.drawn_people import DrawnPersonReproducer

    return DrawnPersonReproducer


def _model_figure() -> type[Reproducer]:
    from explorer.studio.reproducing.model_figures import ModelFigureReproducer

    return ModelFigureReproducer


def _pipeline() -> type[Reproducer]:
    from explorer.studio.reproducing.pipelines import PipelineReproducer

    return PipelineReproducer


def _figure() -> type[Reproducer]:
    from explorer.studio.reproducing.figures import FigureReproducer

    return FigureReproducer


REPRODUCERS: Mapping[str, Callable[[], type[Reproducer]]] = {
    "readouts": _readouts,
    "readings three ways": _three_ways,
    "fit": _fit,
    "view": _view,
    "embedding": _embedding,
    "decoded picture": _decoded,
    "attack": _attack,
    "attacked faces": _attacked_faces,
    "template": _template,
    "occlusion": _occlusion,
    "altered faces": _altered_faces,
    "decoded faces": _figure,
    "drawn person": _drawn_person,
    "model figure": _model_figure,
    "pipeline figure": _pipeline,
}
"""What makes an export of a kind again, loaded when it is needed."""
