"""The handlers of bringing a network: on the worker for long work, which holds nobody up."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING

from explorer.science.names import name_of
from explorer.studio.bringing.requests import KeepNetwork, NetworkKept, TryNetwork
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import UserError

if TYPE_CHECKING:
    from explorer.studio.bringing.faces import FacesOfPeople
    from explorer.studio.bringing.tried import TriedNetwork
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.engine.device import Device
    from explorer.studio.evaluation.photograph_sets import PhotographSet


class BringingHandlers:
    """Tries and keeps networks on the CPU, with a detector and a generator of its own: the device is for runs.

    Args:
        open_networks: gives the detector and the generator.
        named: sets of people to be tried on, as of `known_sets`.
    """

    def __init__(self, open_networks: Callable[[], Networks] | None = None, named: tuple[str, ...] = ()) -> None:
        self._open, self._named = open_networks or _on_cpu, named
        self._networks: Networks | None = None

    def handlers(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {TryNetwork: self._try, KeepNetwork: self._keep}

    def _try(self, request: TryNetwork, control: Control) -> Generator[Report, None, TriedNetwork]:
        from explorer.science.generation.brought.image_encoder_files import is_image_encoder
        from explorer.studio.bringing.faces import known_sets
        from explorer.studio.bringing.trying import try_network

        yield Progress("reading the file")
        if is_image_encoder(request.path):
            raise UserError(
                f"{name_of(request.path)} embeds no faces: it tells the latent of a photograph (pSp, e4e or ReStyle); "
                "`likeness networks import` keeps it for the library's `reconstruct`"
            )

        def find_faces() -> FacesOfPeople:
            # The first set decides; faces of the others are found when the network is kept.
            return self._faces(known_sets(self._named)[0], control)

        return try_network(request.path, request.layer, find_faces, request.wishes, _tell(control), control.should_stop)

    def _keep(self, request: KeepNetwork, control: Control) -> Generator[Report, None, NetworkKept]:
        from explorer.studio.bringing.keeping import checked, drawing, keep_network

        checked(request.naming, request.tried.path)
        yield Progress("loading the detector")
        people = self._people(control)
        convention = request.tried.table[request.line].convention
        card = keep_network(
            request.tried,
            convention,
            request.naming,
            people,
            drawing(self._loaded()),
            _tell(control),
            control.should_stop,
        )
        return NetworkKept(card)

    def _people(self, control: Control) -> list[FacesOfPeople]:
        from explorer.studio.bringing.faces import known_sets

        return [self._faces(one, control) for one in known_sets(self._named)]

    def _faces(self, photographs: PhotographSet, control: Control) -> FacesOfPeople:
        from explorer.studio.bringing.faces import faces_of

        return faces_of(photographs, self._loaded().detector(), _tell(control), control.should_stop)

    def _loaded(self) -> Networks:
        if self._networks is None:
            self._networks = self._open()
        return self._networks


def _on_cpu() -> Networks:
    from explorer.studio.catalogue.networks import Networks

    return Networks("cpu")


def _tell(control: Control) -> Callable[[str, int, int], None]:
    return lambda said, done, total: control.emit(Progress(said, done, total))


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request; none of them needs the device."""
    return BringingHandlers().handlers()
