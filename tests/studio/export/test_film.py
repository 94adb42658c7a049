from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from explorer.studio.errors import Cancelled, UserError
from explorer.studio.export import film as module
from explorer.studio.export.drawings import FilmSpec
from explorer.studio.export.film import FilmFrame, FilmOptions, film_frame, write_film
from tests.studio.export.made_up import made_up_picture

OPTIONS = FilmOptions(steps=9, target=made_up_picture(100), side=64, rate=10, hold=0.5)


def frames(count: int) -> Iterator[FilmFrame]:
    for step in range(count):
        yield FilmFrame(made_up_picture(step), step, 0.1 * step)


def test_an_mp4_has_every_step_and_the_last_one_held_in_a_pixel_format_that_plays_everywhere(tmp_path: Path):
    path = write_film(tmp_path / "film.mp4", frames(10), OPTIONS)
    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert count == 15
    assert seconds == pytest.approx(1.5)
    reader = imageio_ffmpeg.read_frames(str(path))
    facts = next(reader)
    reader.close()
    assert facts["codec"] == "h264"
    assert facts["pix_fmt"].startswith("yuv420p")
    assert facts["size"] == film_frame(next(frames(1)), OPTIONS).shape[1::-1]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_gif_shows_every_step_and_repeats(tmp_path: Path):
    path = write_film(tmp_path / "film.gif", frames(4), OPTIONS)
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0
        durations = []
        for place in range(gif.n_frames):
            gif.seek(place)
            durations.append(gif.info["duration"])
        assert sum(durations) == 100 * (4 + 5)
        gif.seek(0)
        first = np.asarray(gif.convert("RGB"), int)
    drawn = film_frame(next(frames(1)), OPTIONS).astype(int)
    assert np.abs(first - drawn).mean() < 6


def test_a_guided_run_says_so_in_every_frame_whether_marked_or_not():
    frame = next(frames(1))
    plain, guided = (
        film_frame(frame, FilmOptions(steps=9, side=128, mark=False, guided=guided)) for guided in (False, True)
    )
    changed = (plain != guided).any(-1)
    assert changed[:64].any()
    assert not changed[64:].any()


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_the_same_frames_give_the_same_film(kind, tmp_path: Path):
    one = write_film(tmp_path / f"one.{kind}", frames(5), OPTIONS)
    other = write_film(tmp_path / f"other.{kind}", frames(5), OPTIONS)
    assert one.read_bytes() == other.read_bytes()


def test_a_gif_of_one_palette_is_smaller_and_shows_the_same(tmp_path: Path):
    """Where nothing moves, as in the target, nothing is written again."""
    one, many = (
        write_film(tmp_path / f"{palette}.gif", frames(8), FilmOptions(**{**vars(OPTIONS), "palette": palette}))
        for palette in ("film", "frame")
    )
    assert one.stat().st_size < 0.8 * many.stat().st_size
    with Image.open(one) as gif:
        gif.seek(7)
        last = np.asarray(gif.convert("RGB"), int)
    drawn = film_frame(list(frames(8))[7], OPTIONS).astype(int)
    assert np.abs(last - drawn).mean() < 6


def test_a_film_recorded_before_there_was_a_choice_is_drawn_with_a_palette_a_frame():
    before = {"kind": "film", "source": True, "mark": True, "side": 512, "rate": 12, "hold": 1.5, "every": 1}
    assert FilmSpec.model_validate(before).palette == "frame"
    assert FilmSpec.model_validate(FilmSpec().model_dump(mode="json")) == FilmSpec()
    assert FilmSpec(side=64).palette == "film"


def test_frames_are_let_go_as_the_film_grows(tmp_path: Path):
    alive: list[weakref.ref[FilmFrame]] = []

    def watched() -> Iterator[FilmFrame]:
        for frame in frames(30):
            alive.append(weakref.ref(frame))
            assert sum(reference() is not None for reference in alive) <= 3
            yield frame

    write_film(tmp_path / "film.mp4", watched(), OPTIONS)
    assert len(alive) == 30


def test_every_frame_says_that_it_is_a_reconstruction_and_the_target_does_not():
    frame = next(frames(1))
    marked = film_frame(frame, OPTIONS).astype(int)
    plain = film_frame(frame, FilmOptions(**{**vars(OPTIONS), "mark": False})).astype(int)
    columns = np.nonzero((marked != plain).any(axis=(0, 2)))[0]
    assert len(columns) > 20
    assert columns.min() > marked.shape[1] / 2


def test_without_a_target_only_the_reconstruction_is_shown():
    alone = film_frame(next(frames(1)), FilmOptions(steps=9, side=64))
    assert alone.shape[1] < film_frame(next(frames(1)), OPTIONS).shape[1]
    assert alone.shape[0] % 2 == alone.shape[1] % 2 == 0


def test_a_cancelled_film_leaves_what_was_there(tmp_path: Path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"before")

    def cancelled() -> Iterator[FilmFrame]:
        yield from frames(3)
        raise Cancelled

    with pytest.raises(Cancelled):
        write_film(path, cancelled(), OPTIONS)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("complaint", "message"),
    [("av_write: No space left on device", "disk is full"), ("Unknown encoder", "Unknown encoder")],
)
def test_an_encoder_that_gives_up_is_reported_and_leaves_nothing(complaint, message, tmp_path: Path, monkeypatch):
    encoder = tmp_path / "encoder"
    encoder.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n")
    encoder.chmod(0o700)
    monkeypatch.setattr(module, "get_ffmpeg_exe", lambda: str(encoder))
    for kind in ("mp4", "gif"):
        with pytest.raises(UserError, match=f"film.{kind}.*{message}"):
            write_film(tmp_path / f"film.{kind}", frames(200), OPTIONS)
    assert list(tmp_path.iterdir()) == [encoder]


def test_no_step_and_another_suffix_are_refused(tmp_path: Path):
    with pytest.raises(UserError, match="no step to film"):
        write_film(tmp_path / "film.mp4", iter(()), OPTIONS)
    with pytest.raises(UserError, match=r"film\.avi"):
        write_film(tmp_path / "film.avi", frames(1), OPTIONS)
    assert list(tmp_path.iterdir()) == []
