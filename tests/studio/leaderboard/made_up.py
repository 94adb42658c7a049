"""A small leaderboard of made-up numbers."""

from __future__ import annotations

from explorer.studio.leaderboard.values import Board, Figure, Piece, not_measured

HOSTILE = "<script>alert('&\"')</script>"
REASON = "it only judges: it is kept out of every loss"


def made_up_board() -> Board:
    """Two encoders, one of a hostile name, by two leaks on two sets; one piece was not measured."""
    shares = Figure(name="type_2", title="Type II", value=0.6, low=0.4, high=0.8, chance=0.001, people=10, by="judge")
    areas = Figure(name="gender", title="Gender, AUC", value=0.9, low=0.8, high=0.95, chance=0.5, people=10, by="hand")
    found = []
    for set_ in ("openpeople", f"own{HOSTILE}"):
        for encoder in ("arcface-mbf", HOSTILE):
            ours = {"encoder": encoder, "set": set_, "key": "k", "networks": {encoder: "ab" * 32}}
            found.append(Piece(leak="probes", figures=(areas,), credit="thank them", **ours))
            last = not_measured("type_2", "Type II", REASON) if encoder == HOSTILE else shares
            found.append(Piece(leak="inversion", figures=(last,), **ours))
    about = {"settings": {"portraits": "10"}, "machine": {"device": "CPU"}, "versions": {"likeness": "1"}}
    return Board(pieces=tuple(found), created="2026-01-01T00:00:00+00:00", **about)
