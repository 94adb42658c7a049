"""Every encoder by every leak on every set: what was measured before is taken, and each piece is kept at once."""

from __future__ import annotations

import base64
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from explorer.science.faces.face import FaceError
from explorer.science.inversion.settings import InversionSettings
from explorer.studio import catalogue
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.faults import fault_of_file
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks, device_name, known_encoder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.files import fitting_name
from explorer.studio.leaderboard.keeping import KeptPieces, key_of
from explorer.studio.leaderboard.leaks import LEAKS, Leak
from explorer.studio.leaderboard.plan import Asked, Measured, NotMeasurable
from explorer.studio.leaderboard.values import Board, Piece, not_measured
from explorer.studio.places import private_folder
from explorer.studio.versions import versions

BLACK_BOX = (
    "a black box answers vectors and gives no gradients: invert it by translation with "
    "`likeness evaluate blackbox SET --blackbox URL`"
)
_HEADLINE_TITLE = "Not measured"


@dataclass(frozen=True)
class Wanted:
    """What stands on the board.

    sets: as the command names them. encoders: ids, or addresses of black boxes. portraits, people: as of `Asked`.
    """

    sets: tuple[str, ...]
    encoders: tuple[str, ...]
    leaks: tuple[str, ...] = tuple(LEAKS)
    portraits: int = 10
    people: int | None = None
    settings: InversionSettings | None = None


def measure_board(
    networks: Networks,
    wanted: Wanted,
    work: Path,
    told: Callable[[str], object] = lambda what: None,
    measure: Callable[[Leak, Asked], Measured] = Leak.measure,
) -> Board:
    """Measure what was not measured before.

    Args:
        work: the folder that keeps pieces and what is made on the way. told: hears what is done, a line a piece.
        measure: measures a leak.

    Raises:
        MissingNetwork: a set or a network is not in the cache.
        UserError: an unknown encoder or set.
    """
    kept, pieces, made = KeptPieces(work / "pieces"), list[Piece](), 0
    for given, chosen in opened(wanted.sets):
        digest = _digest(chosen)
        for encoder in wanted.encoders:
            for name in wanted.leaks:
                leak, title = LEAKS[name], f"{chosen.name}, {encoder}: {LEAKS[name].title.lower()}"
                key = _key(wanted, encoder, name, digest)
                piece = kept.get(encoder, chosen.name, name, key)
                if piece is None:
                    told(title)
                    said = _said(told, title)
                    piece, final = _measured(networks, wanted, given, chosen, encoder, leak, work, said, measure, key)
                    made += 1
                    if final:
                        kept.put(piece)
                else:
                    told(f"{title}: measured before")
                pieces.append(piece)
    return Board(
        pieces=tuple(pieces),
        settings={
            "portraits that are inverted and attacked": str(wanted.portraits),
            "people of each set": "all" if wanted.people is None else str(wanted.people),
            "steps of each inversion": str(_settings(wanted, "").steps),
            "seed": str(_settings(wanted, "").seed),
        },
        machine={"device": device_name(networks.device), "system": platform.system(), "machine": platform.machine()},
        versions=versions({"encoders": [one for one in wanted.encoders if "://" not in one]}),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        made=made,
        kept=len(pieces) - made,
    )


def opened(sets: Sequence[str]) -> list[tuple[str, PhotographSet]]:
    """The sets that a command names, by that name.

    Raises:
        MissingNetwork: a set is not in the cache.
        UserError: there is no such set, or two are called alike.
    """
    found = [(given, photograph_set(given)) for given in sets]
    names = [chosen.name for _, chosen in found]
    if len(set(names)) < len(names):
        raise UserError(f"{', '.join(names)}: give each set once, and folders of different names")
    return found


def _said(told: Callable[[str], object], title: str) -> Callable[[str], object]:
    return lambda what: told(f"{title}: {what}")


def _measured(
    networks: Networks,
    wanted: Wanted,
    given: str,
    chosen: PhotographSet,
    encoder: str,
    leak: Leak,
    work: Path,
    told: Callable[[str], object],
    measure: Callable[[Leak, Asked], Measured],
    key: str,
) -> tuple[Piece, bool]:
    """A piece, and whether it is worth keeping: what failed is tried again the next time."""
    begun, final = time.perf_counter(), True
    own = {} if "://" in encoder else {encoder: _hash(encoder), DETECTOR_NETWORK: catalogue.sha256(DETECTOR_NETWORK)}
    try:
        if "://" in encoder:
            raise NotMeasurable(BLACK_BOX)
        folder = private_folder(work / fitting_name(chosen.name) / fitting_name(encoder))
        settings = _settings(wanted, encoder)
        asked = Asked(networks, encoder, given, chosen, wanted.portraits, wanted.people, settings, folder, told)
        found = measure(leak, asked)
    except NotMeasurable as error:
        found = Measured((not_measured(leak.headline, _HEADLINE_TITLE, str(error)),))
    except Exception as error:
        reason = fault_of_file(error)
        if reason is None:
            raise
        found, final = Measured((not_measured(leak.headline, _HEADLINE_TITLE, reason),)), False
    piece = Piece(
        encoder=encoder,
        set=chosen.name,
        leak=leak.name,
        key=key,
        figures=found.figures,
        networks=own | dict(found.networks),
        credit=chosen.credit,
        faces=tuple(base64.b64encode(one).decode() for one in found.faces),
        seconds=time.perf_counter() - begun,
    )
    return piece, final


def _settings(wanted: Wanted, encoder: str) -> InversionSettings:
    base = wanted.settings or InversionSettings()
    return base.model_copy(update={"encoder": encoder}) if encoder else base


def _key(wanted: Wanted, encoder: str, leak: str, digest: str) -> str:
    judges = {} if "://" in encoder else {name: _hash(name) for name in (encoder, *present_encoders())}
    settings = {} if "://" in encoder else _settings(wanted, encoder).model_dump(mode="json")
    made = {"portraits": wanted.portraits, "settings": settings}
    return key_of(
        {
            "leak": leak,
            "set": digest,
            "encoders": judges,
            "encoder": encoder,
            "people": wanted.people,
            "versions": versions()["likeness"],
            **(made if LEAKS[leak].makes_faces else {}),
        }
    )


def _hash(encoder: str) -> str:
    return catalogue.sha256(known_encoder(encoder).network)


def _digest(chosen: PhotographSet) -> str:
    """Tells sets apart by whose photographs they hold under which names, and by what these are."""
    listed = [f"{one.person}/{one.name} {_content(one)}" for one in chosen.photographs]
    return key_of({"name": chosen.name, "photographs": listed})


def _content(one: SetPhotograph) -> str:
    try:
        return one.read().sha256
    except FaceError:
        return "damaged"
