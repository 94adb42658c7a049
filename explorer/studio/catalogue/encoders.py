"""Which encoders can be used: those that are registered and not switched off, as far as their files are here.

What goes through all encoders goes on with those that there are, and says which are missing; an encoder that is asked
for by its name and is not there is refused where it is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence

from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.kept_networks import kept_network

# The optional ones that were switched on here: none is switched on twice, so that a user may have it off.
_switched_on: set[str] = set()


def switch_on_fetched() -> None:
    """Switch on the optional encoders whose files have come since, and off those whose files are gone.

    It looks by size alone, so that it costs nothing.
    """
    known = {entry.id: entry for entry in catalogue.catalogue().entries()}
    for name, registered in ENCODERS.items():
        if not registered.spec.optional:
            continue
        here = registered.spec.network in known and _is_fetched(known[registered.spec.network])
        if here and name not in _switched_on:
            ENCODERS.enable(name)
            _switched_on.add(name)
        elif not here and name in _switched_on:
            ENCODERS.disable(name)
            _switched_on.remove(name)


def _is_fetched(entry: catalogue.Entry) -> bool:
    return catalogue.is_present(entry)


def present_encoders() -> tuple[str, ...]:
    """The encoders that can be used now, in the order in which they were registered.

    A file is read once to see that it is whole, as when it is loaded.

    Raises:
        MissingNetwork: there is none at all; the message says how to get one.
    """
    switch_on_fetched()
    present = tuple(encoder for encoder in ENCODERS.names() if _is_present(encoder))
    if not present:
        for encoder in ENCODERS.names():
            catalogue.path(encoder_spec(encoder).network)
    return present


def missing_encoders() -> tuple[str, ...]:
    """The encoders that are not switched off and cannot be used, as their files are missing or damaged."""
    switch_on_fetched()
    return tuple(encoder for encoder in ENCODERS.names() if not _is_present(encoder))


def missing_words(missing: Sequence[str]) -> str:
    """What to say of missing encoders: one line; empty where there are none."""
    if not missing:
        return ""
    networks = [encoder_spec(encoder).network for encoder in missing]
    own = [kept for network in networks if (kept := kept_network(network)) is not None]
    fetched = " ".join(network for network in networks if kept_network(network) is None)
    ways = [f"run `likeness models fetch {fetched}` to have faces embedded by all"] if fetched else []
    ways += [f"{kept.fault() or kept.id}: {kept.mended_by()}" for kept in own]
    return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} left out: {'; '.join(ways)}"


def _is_present(encoder: str) -> bool:
    return catalogue.is_usable(encoder_spec(encoder).network)
