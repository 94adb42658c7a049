"""A brought generator in words, and an image encoder: their cards, and what depends on them."""

from __future__ import annotations

from explorer.science.names import shown
from explorer.studio.catalogue.generators import GeneratorCard
from explorer.studio.catalogue.image_encoders import ImageEncoderCard
from explorer.studio.inversion.state import RUNS, SETTINGS
from explorer.studio.session.state import Session

_CARD = """# {id}: a generator of your own

| | |
|---|---|
| generator | {family} ({layout}), from {source} ({size:.1f} MB are kept) |
| draws | {resolution} px; Z {z}, W {width}, W+ {layers} x {width} |
| faces | {faces} |
| previews | {previews} |
| licence | {licence} |
| sha256 | of the maker's file `{source_sha256}`; of what is kept `{sha256}` |

Nothing in the maker's file was run, and none of it is kept but tensors.
"""

_IMAGE_ENCODER_CARD = """# {id}: an image encoder of your own

| | |
|---|---|
| encoder | of {family}, from {source} ({size:.1f} MB are kept) |
| sees | a photograph of {side} px in the common frame{sees} |
| tells | W+ {styles} x {width}, for a generator of as many styles |
| licence | {licence} |
| sha256 | of the maker's file `{source_sha256}`; of what is kept `{sha256}` |

It tells the latent of a photograph, and embeds no faces: what it leads to is no attack.
"""

_STAYS = "What it drew stays, and cannot be made again without it."


def card_text(card: GeneratorCard) -> str:
    """The card of a generator, as Markdown."""
    previews = [f"{side} px ({ratio:.0f} dB)" for side, ratio in sorted(card.previews.items())]
    far = [f"{side} px ({ratio:.0f} dB) are too far off to be used" for side, ratio in sorted(card.far_off.items())]
    return _CARD.format(
        id=card.id,
        family=card.family,
        layout=card.layout,
        source=_cell(shown(card.source)),
        size=card.size / 1e6,
        resolution=card.resolution,
        z=card.z_width or card.width,
        width=card.width,
        layers=card.style_layers,
        faces=f"found in {card.faces} of its images" if card.faces else "not looked for",
        previews="; ".join([*previews, *far]) or "none that are cheap: smaller ones are averages",
        licence=_cell(card.licence),
        source_sha256=card.source_sha256,
        sha256=card.sha256,
    )


def image_encoder_text(card: ImageEncoderCard) -> str:
    """The card of an image encoder, as Markdown."""
    return _IMAGE_ENCODER_CARD.format(
        id=card.id,
        family=card.family,
        source=_cell(shown(card.source)),
        size=card.size / 1e6,
        side=card.side,
        sees=", and what was drawn so far" if card.draws else "",
        styles=card.styles,
        width=card.width,
        licence=_cell(card.licence),
        source_sha256=card.source_sha256,
        sha256=card.sha256,
    )


def what_depends(session: Session, card: GeneratorCard) -> str:
    """What depends on a generator, in sentences."""
    drawn = sum(run.settings.generator == card.id for run in session[RUNS].values())
    here = f"In this session {drawn} run{' was' if drawn == 1 else 's were'} drawn by it." if drawn else ""
    chosen = "The next run is drawn by the program's own." if session[SETTINGS].generator == card.id else ""
    return " ".join(sentence for sentence in (here, chosen, _STAYS) if sentence)


def _cell(text: str) -> str:
    return text.replace("|", "/")
