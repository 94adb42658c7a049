"""Try a network file on faces of known people: which convention separates them best, and whether any does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from explorer.science.evaluation.conventions import Trial, try_conventions
from explorer.science.evaluation.separation import Separation
from explorer.science.names import name_of
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported.conventions import InputConvention, Size, in_both_orders
from explorer.studio.bringing.faces import FacesOfPeople, Stop, Tell, inputs
from explorer.studio.bringing.sealed import NetworkDescription, SealedNetwork
from explorer.studio.bringing.tried import TriedNetwork
from explorer.studio.bringing.wishes import NO_WISHES, Wishes
from explorer.studio.errors import UserError

# The end of the interval of the area must lie above this: at one half, the same person is as near as any other, and
# a few people in a few lights are told apart a little by anything that looks at pictures.
LEAST_AUC = 0.6

NORMALISATIONS: dict[str, InputConvention] = {
    "127.5": InputConvention("arcface", (112, 112)),
    "128": InputConvention("arcface", (112, 112), scale=(128.0, 128.0, 128.0)),
    "unit": InputConvention("arcface", (112, 112), mean=(0.0, 0.0, 0.0), scale=(255.0, 255.0, 255.0)),
    "raw": InputConvention("arcface", (112, 112), mean=(0.0, 0.0, 0.0), scale=(1.0, 1.0, 1.0)),
    "per-image": InputConvention("arcface", (112, 112), per_image=True),
    "vggface2": InputConvention("arcface", (112, 112), "RGB", (131.0912, 103.8827, 91.4953), (1.0, 1.0, 1.0)),
    "caffe": InputConvention("arcface", (112, 112), "RGB", (123.68, 116.779, 103.939), (1.0, 1.0, 1.0)),
}


class _Wanted:
    """The user's wishes, as a trial asks for them."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def allow(self, one: InputConvention) -> bool:
        """Whether a convention is as wanted."""
        wishes = self._wishes
        name = wishes.normalisation
        numbers = None if name is None else _in_order(NORMALISATIONS[name], one.colour)
        return (
            wishes.framing in (None, one.framing)
            and (wishes.margin is None or (one.framing, one.margin) == ("square-box", wishes.margin))
            and wishes.colour in (None, one.colour)
            and wishes.measure in (None, one.measure)
            and (numbers is None or (one.per_image, one.mean, one.scale) == _numbers(numbers, one))
        )

    def bent(self, one: InputConvention) -> InputConvention:
        """A convention, as wanted where anything is."""
        wishes = self._wishes
        if wishes.margin is not None or wishes.framing is not None:
            framing = wishes.framing or "square-box"
            one = replace(one, framing=framing, margin=wishes.margin or one.margin)  # type: ignore[arg-type]
        if wishes.colour is not None:
            one = _in_order(one, wishes.colour)
        if wishes.normalisation is not None:
            numbers = _in_order(NORMALISATIONS[wishes.normalisation], one.colour)
            one = replace(one, mean=numbers.mean, scale=numbers.scale, per_image=numbers.per_image)
        return one if wishes.measure is None else replace(one, measure=wishes.measure)  # type: ignore[arg-type]


def _numbers(wanted: InputConvention, one: InputConvention) -> tuple[object, ...]:
    # Of a picture's own mean and deviation, the numbers that stand there do not matter.
    return (True, one.mean, one.scale) if wanted.per_image else (False, wanted.mean, wanted.scale)


def _in_order(one: InputConvention, colour: str) -> InputConvention:
    return one if one.colour == colour else in_both_orders(one)[1]


def try_network(
    path: Path,
    layer: str | None,
    find_faces: Callable[[], FacesOfPeople],
    wishes: Wishes = NO_WISHES,
    tell: Tell = lambda said, done, total: None,
    should_stop: Stop = lambda: False,
) -> TriedNetwork:
    """Try a network on the faces of a set.

    Args:
        find_faces: gives them; called once the file is known to be an encoder, since finding faces takes longer.

    Raises:
        NetworkFileError: the file is no encoder, or no convention has it find the same person nearer than others.
        UserError: the network takes no faces of the size that is wanted.
        Cancelled: `should_stop` became true.
        OSError: the file cannot be read.
    """
    tell("reading the file", 0, 0)
    with SealedNetwork(path, layer, should_stop) as network:
        about = network.description
        size = _size(about, wishes)
        sizes = about.sizes if wishes.size is None else ()
        wanted = _Wanted(wishes)
        proposed = [wanted.bent(replace(one, size=size)) for one in about.conventions]
        faces = find_faces()

        def embed(convention: InputConvention, rows: Sequence[int]) -> Tensor:
            return network.embed(inputs([faces.faces[row] for row in rows], convention), convention)

        table = try_conventions(proposed, faces.people, embed, about.operations, _told(tell), wanted, sizes)
    tried = TriedNetwork(path, layer, about, faces.name, table)
    refuse_if_it_tells_nobody(name_of(path), tried.proposed.found, faces.name)
    return tried


def refuse_if_it_tells_nobody(source: str, found: Separation, population: str) -> None:
    """Refuse a network by which the same person is no nearer than others.

    Raises:
        NetworkFileError: it is such.
    """
    if found.low <= LEAST_AUC:
        raise NetworkFileError(
            f"{source}: the same person is not nearer than others under any convention: of the {found.people} people "
            f"of {population}, the area under the ROC curve is {found.auc:.2f} [{found.low:.2f}, {found.high:.2f}], "
            f"where 0.5 is chance and more than {LEAST_AUC:g} is asked for; this is no encoder of faces, or --layer "
            "names another layer that is"
        )


def _size(about: NetworkDescription, wishes: Wishes) -> Size:
    if wishes.size is None or wishes.size in about.sizes:
        return wishes.size or about.sizes[0]
    taken = ", ".join(f"{rows} x {columns}" for rows, columns in about.sizes)
    raise UserError(f"the network takes no faces of {wishes.size[0]} x {wishes.size[1]} pixels; it takes {taken}")


def _told(tell: Tell) -> Callable[[Trial], None]:
    return lambda trial: tell(f"trying conventions, {trial.round}", trial.done, trial.total)
