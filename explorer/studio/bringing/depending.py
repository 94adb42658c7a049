"""What depends on an encoder of the user's: what of it is in a session, and what goes or stays when it is removed."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.studio.catalogue.brought_encoders import EncoderCard
from explorer.studio.catalogue.own_probes import own_probes_file
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, VECTORS
from explorer.studio.inversion.state import RUNS
from explorer.studio.session.state import Session

STAYS = "Figures, folders and sessions that were made with it stay, and cannot be made again without it."


def what_depends(session: Session, card: EncoderCard, cards: Sequence[EncoderCard]) -> str:
    """What depends on an encoder, in sentences.

    Args:
        cards: of all the user's encoders.
    """
    counted = (
        (sum(card.id in vectors for vectors in session[EMBEDDINGS].values()), "face", "is embedded by it"),
        (sum(vector.encoder == card.id for vector in session[VECTORS].values()), "opened embedding", "is its own"),
        (sum(run.settings.encoder == card.id for run in session[RUNS].values()), "run", "attacks it"),
    )
    used = [_counted(*one) for one in counted if one[0]]
    here = f"In this session {', '.join(used)}: that stays, and nothing of it is made anew." if used else ""
    chosen = "It is the encoder that is chosen; another is chosen instead." if session[ENCODER] == card.id else ""
    probes = card.probes.exists() or own_probes_file(card.id) is not None
    measured = "What was measured of it goes with it" + (", and its probes." if probes else ".")
    sharing = [one.id for one in cards if one.sha256 == card.sha256 and one.id != card.id]
    shared = f"Its file stays for {', '.join(sharing)}." if sharing else ""
    return " ".join(sentence for sentence in (here, chosen, measured, shared, STAYS) if sentence)


def _counted(count: int, thing: str, does: str) -> str:
    if count == 1:
        return f"1 {thing} {does}"
    several = {"is embedded by it": "are embedded by it", "is its own": "are its own", "attacks it": "attack it"}
    return f"{count:,} {thing}s {several[does]}"
