"""One row of the laboratory: a face, what was done to it, and what encoders, probes and decoders make of that.

The numbers are those of the laboratory's commands: both go by the same functions.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.geometry import Alteration, Mode, alteration_of
from explorer.science.laboratory.occlusion import Cover, Occlusion
from explorer.studio.arrays import Vector
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.decoders import decoder_file, missing_decoder
from explorer.studio.catalogue.modifiers import load_modifier
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.inversion.values import RunTarget
from explorer.studio.laboratory.altering import AlteredFace, AlteredView, alter_face
from explorer.studio.laboratory.attack_faces import AttackedView, attack_face
from explorer.studio.laboratory.attack_running import Aim
from explorer.studio.laboratory.map_files import MapFile, map_file
from explorer.studio.laboratory.modified_faces import modify_face
from explorer.studio.laboratory.occluding import StudiedFace, hide_parts
from explorer.studio.laboratory.seeing import SeenFace
from explorer.studio.laboratory.values import LabChoice, LabFace, LabRow, OcclusionChoice, RowScore

NOTHING_HIDDEN = "Tick a region, or draw on the photograph."
NOT_FOUND = "No face is found in the picture any more."


@dataclass(frozen=True, eq=False)
class RowWanted:
    """What a row is made of. known: embeddings of the face as it is, by encoder, where an earlier row has them."""

    whose: LabFace
    choice: LabChoice
    encoder: str
    encoders: tuple[str, ...]
    aim: RunTarget | None = None
    known: Mapping[str, Tensor] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The encoders, the one that is shown first."""
        return tuple(dict.fromkeys((self.encoder, *self.encoders)))

    @property
    def embeddings(self) -> Mapping[str, Tensor] | None:
        """Those known, where they are of just these encoders."""
        known = self.known
        return None if known is None or set(known) != set(self.names) else {name: known[name] for name in self.names}

    def row(self) -> LabRow:
        """The row with nothing in it but the face."""
        choice = self.choice.model_copy(update={"faces": ()})
        return LabRow(self.whose, choice, self.encoder, self.whose.frame, self.aim)


Making = Generator[str, None, LabRow]


def make_row(networks: Networks, wanted: RowWanted) -> Making:
    """Make a row; where the operation refuses the face, the row says why.

    Yields:
        What happens, in words; closing the generator ends the work.

    Raises:
        MissingNetwork: a network is not in the cache.
    """
    making = {"alter": _altered, "occlusion": _hidden, "attack": _attacked, "modify": _modified}
    try:
        return (yield from making[wanted.choice.operation](networks, wanted))
    except MissingNetwork:
        raise
    except LikenessError as error:
        return replace(wanted.row(), remark=str(error))


def known_embeddings(row: LabRow) -> Mapping[str, Tensor] | None:
    """What the row knows of the face as it is."""
    if isinstance(row.made, AlteredFace | StudiedFace | AttackedView):
        return {name: seen.embedding for name, seen in row.made.before.items()}
    return None


def _altered(networks: Networks, wanted: RowWanted) -> Making:
    yield "altering the face"
    ((mode, one),), files = shown_of(wanted.choice), maps_of(wanted.choice)
    maps = tuple(own for file in files for own in file.maps)
    whose = wanted.whose
    made = alter_face(
        networks, whose.photograph, whose.face, ((mode, one),), wanted.names, maps, known=wanted.embeddings
    )
    (view,) = made.views
    row = _seen(wanted, made.before, view.seen, view.mapped)
    fitted = view.fitted_on.get(wanted.encoder)
    facts = "" if fitted is None else f"map {fitted.words}"
    return replace(row, picture=view.picture, facts=facts, remark=_said_of_maps(wanted, view, maps), made=made)


def _said_of_maps(wanted: RowWanted, view: AlteredView, maps: Sequence[object]) -> str:
    if not view.seen:
        return NOT_FOUND
    if not maps or view.mapped:
        return ""
    return f"The file holds no map for {wanted.encoder}, {view.alteration.name}: fit one with `likeness lab geometry`."


def shown_of(choice: LabChoice) -> tuple[tuple[Mode, Alteration]]:
    """What is done to faces, as `alter_face` takes it."""
    return (("realigned" if choice.alter.realigned else "template", alteration_of(choice.alter.name)),)


def maps_of(choice: LabChoice) -> tuple[MapFile, ...]:
    """The maps that are chosen.

    Raises:
        UserError: the file cannot be read.
    """
    return (map_file(Path(choice.maps)),) if choice.maps else ()


def _hidden(networks: Networks, wanted: RowWanted) -> Making:
    yield "hiding parts of the face"
    choice, whose = wanted.choice.occlusion, wanted.whose
    occlusion = occlusion_of(choice)
    made = hide_parts(
        networks,
        whose.photograph,
        whose.face,
        () if occlusion is None else (occlusion,),
        cover_of(choice),
        wanted.names,
        realign=choice.realign,
        known=wanted.embeddings,
    )
    if not made.hidden:
        row = _seen(wanted, made.before, {}, {})
        return replace(row, picture=made.frame, remark=NOTHING_HIDDEN, made=made)
    (hidden,) = made.hidden
    row = _seen(wanted, made.before, hidden.seen, {})
    remark = "" if hidden.seen else NOT_FOUND
    facts = f"{100 * hidden.share:.0f} % of the frame hidden"
    return replace(row, picture=hidden.frame, facts=facts, remark=remark, made=made)


def occlusion_of(choice: OcclusionChoice) -> Occlusion | None:
    """What is hidden, named as `likeness lab occlusion --together` names it; None where nothing is."""
    names = list[str](choice.regions)
    for kind, there in (("rectangle", False), ("stroke", True)):
        count = sum((one.width > 0) is there for one in choice.patches)
        names += [kind if count == 1 else f"{kind} {number + 1}" for number in range(count)]
    patches = sorted(choice.patches, key=lambda one: one.width > 0)
    if not names:
        return None
    return Occlusion(name=", ".join(names)[:200], regions=choice.regions, patches=tuple(patches))


def cover_of(choice: OcclusionChoice) -> Cover:
    """By what it is hidden."""
    return Cover(fill=choice.fill, colour=choice.colour)


def _attacked(networks: Networks, wanted: RowWanted) -> Making:
    yield "looking at the face"
    if wanted.aim is not None and wanted.aim.key == wanted.whose.key:
        return replace(wanted.row(), remark="The attack goes towards this face itself.")
    settings, whose = attack_settings(wanted.choice, wanted.encoder), wanted.whose
    attacked_encoder(settings.encoder)
    aim = aim_of(wanted.aim)
    attacking = attack_face(
        networks, whose.photograph, whose.face, settings, aim, wanted.names, known=wanted.embeddings
    )
    steps = Steps(attacking)
    for step in steps:
        yield f"step {step.index} of {step.total}"
    view = steps.result
    row, record = _seen(wanted, view.before, view.after, {}), view.made.record
    views = {one.encoder: one for one in record.encoders}
    scores = tuple(
        replace(one, aim_before=views[one.score.encoder].aim_before, aim=views[one.score.encoder].aim)
        for one in row.scores
    )
    psnr = "" if record.psnr is None else f", {record.psnr:.1f} dB"
    facts = f"changed by at most {record.largest}/255{psnr}"
    remark = "" if record.found else "No face is found where it was in the attacked picture."
    return replace(row, picture=view.attacked, change=view.change, scores=scores, facts=facts, remark=remark, made=view)


def attack_settings(choice: LabChoice, encoder: str) -> AttackSettings:
    """The settings of the chosen attack on an encoder."""
    chosen = choice.attack
    return AttackSettings(encoder=encoder, method=chosen.method, budget=chosen.budget, steps=chosen.steps)


def aim_of(target: RunTarget | None) -> Aim:
    """What an attack goes towards; away from the face itself where None."""
    if target is None:
        return Aim()
    vectors = {target.record.encoder: target.vector, **target.held_out}
    return Aim(target.record, {encoder: torch.from_numpy(vector) for encoder, vector in vectors.items()})


def _modified(networks: Networks, wanted: RowWanted) -> Making:
    yield "taking the attribute out of the embedding"
    chosen, whose = wanted.choice.modify, wanted.whose
    file = Path(wanted.choice.modifier) if wanted.choice.modifier else None
    modifier = load_modifier(wanted.encoder, chosen.attribute, file)
    vector = whose.vectors.get(wanted.encoder)
    if vector is None:
        return replace(wanted.row(), remark=f"The face has no embedding of {wanted.encoder} yet.")
    made = modify_face(networks, whose.photograph, torch.from_numpy(vector), modifier, chosen.method)
    told = getattr(modifier.record, chosen.method)
    facts = "" if told is None else f"{chosen.attribute} told by fresh probes: {told.words()}"
    row = _seen(wanted, {wanted.encoder: made.before}, {wanted.encoder: made.after}, {})
    return replace(row, facts=facts, made=made)


def _seen(
    wanted: RowWanted, before: Mapping[str, SeenFace], after: Mapping[str, SeenFace], mapped: Mapping[str, SeenFace]
) -> LabRow:
    """What the encoder that is shown makes of a face as it is, changed and mapped, and every encoder's score."""
    own, now, behind = (one.get(wanted.encoder) for one in (before, after, mapped))
    readouts = () if own is None else own.readouts
    later = (None,) * len(readouts) if now is None else now.readouts
    pictures = tuple(None if one is None else one.decoded for one in (own, now, behind))
    return replace(
        wanted.row(),
        before=None if own is None else _vector(own),
        after=None if now is None else _vector(now),
        mapped=None if behind is None else _vector(behind),
        decoded=(pictures[0], pictures[1], pictures[2]),
        undecoded="" if decoder_file(wanted.encoder).exists() else missing_decoder(wanted.encoder),
        scores=tuple(
            RowScore(one.score, mapped[name].score if name in mapped else None)
            for name, one in after.items()
            if one.score is not None
        ),
        probes=tuple(zip(readouts, later, strict=True)),
    )


def _vector(seen: SeenFace) -> Vector:
    numbers: Vector = seen.embedding.numpy().astype(np.float32)
    return numbers
