"""Values of the laboratory's slices: the one face attacked towards another of the session's samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.laboratory.decode_state import DECODE, DecodedEmbedding, DecodeState
from explorer.studio.laboratory.state import LAB, LAB_ROWS, LabState
from explorer.studio.laboratory.values import AttackChoice, LabChoice, LabFace, LabRow
from explorer.studio.session.slices import Slice
from tests.studio.slice_kit import EMBEDDING, FACE, KEY, PHOTOGRAPH, PIXELS, VECTOR_KEY, target

CHOICE = LabChoice(operation="attack", faces=(KEY,), attack=AttackChoice(method="bim", towards=VECTOR_KEY))


def samples() -> Mapping[Slice[Any], Any]:
    whose = LabFace(KEY, "jane.png", PHOTOGRAPH, FACE, {"sface": EMBEDDING}, PIXELS)
    row = LabRow(whose, CHOICE.model_copy(update={"faces": ()}), "sface", PIXELS, target(), after=EMBEDDING)
    decode = DecodeState(True, KEY, DecodedEmbedding(KEY, "sface", PIXELS))
    return {LAB: CHOICE, LAB_ROWS: LabState(True, (row,), (KEY,)), DECODE: decode}
