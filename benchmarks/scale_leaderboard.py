"""The leaderboard of every encoder that is here, on openpeople and ORL, by the program's own command.

What was measured lies in --work, so that a part that was stopped goes on.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.common import Part
from explorer.studio.app import cli
from explorer.studio.leaderboard.values import Board
from explorer.studio.places import private_folder

FIGURES = ("leaderboard_encoders",)
SETS = ("openpeople", "orl")
PORTRAITS = 10


def measure_leaderboard(work: Path, portraits: int = PORTRAITS) -> Part:
    """Make the leaderboard; encoders count that have a number on both sets.

    Raises:
        SystemExit: the command failed; it said why.
    """
    out = private_folder(work / "out")
    words = ["evaluate", "leaderboard", *SETS, "--portraits", str(portraits)]
    code = cli.main([*words, "--work", str(private_folder(work / "pieces")), "--out", str(out)])
    if code:
        raise SystemExit(code)
    board = Board.model_validate_json((out / "leaderboard.json").read_bytes())
    measured = {
        (piece.encoder, piece.set)
        for piece in board.pieces
        if any(figure.value is not None for figure in piece.figures)
    }
    encoders = [one for one in board.encoders if all((one, set_) in measured for set_ in board.sets)]
    rows = [
        {
            "set": piece.set,
            "encoder": piece.encoder,
            "leak": piece.leak,
            **figure.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
        }
        for piece in board.pieces
        for figure in piece.figures
    ]
    details = {
        "command": " ".join(["likeness", *words, "--out", "DIR"]),
        "encoders": encoders,
        "seconds": round(sum(piece.seconds for piece in board.pieces)),
        "figures": rows,
    }
    return Part({"leaderboard_encoders": len(encoders)}, {"leaderboard": details})
