"""The film of a convergence: the target beside what the search has reached, step by step.

Frames are drawn and encoded one at a time, so that a film of any length needs the memory of one frame.
"""

from __future__ import annotations

import errno
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.studio.errors import UserError
from explorer.studio.export.drawings import Palette
from explorer.studio.export.lettering import badged, font, marked
from explorer.studio.files import replacing

_BACKGROUND = (16, 18, 20)
_TRACK = (58, 62, 66)
_BRIGHT = (240, 240, 240)
_DIM = (160, 164, 168)
_ACCENT = (240, 120, 40)

# Written without dates and encoder names, so that the same frames give the same file.
_BARE = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
_ENCODING = {
    ".mp4": [
        *("-c:v", "libx264", "-preset", "medium", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", *_BARE, "-f", "mp4"),
    ],
    # A palette for each frame, as films were written at first: larger, and drawn again to the last bit.
    ".gif": [
        *(
            "-filter_complex",
            "[0:v]split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1",
        ),
        *("-loop", "0", *_BARE, "-f", "gif"),
    ],
}

# One palette for the whole film needs all frames before the first is written: they wait in a file without loss.
_LOSSLESS = ["-c:v", "ffv1", "-level", "3", "-pix_fmt", "bgr0", *_BARE, "-f", "nut"]
_PALETTE = [
    "-vf",
    "palettegen=stats_mode=full",
    "-frames:v",
    "1",
    "-update",
    "1",
    *_BARE,
    "-f",
    "image2",
    "-c:v",
    "png",
]
# Ordered dither stands still where a picture does; only what has changed since the last frame is written.
_WITH_PALETTE = [
    *("-filter_complex", "[0:v][1:v]paletteuse=dither=bayer:bayer_scale=5:diff_mode=rectangle"),
    *("-loop", "0", *_BARE, "-f", "gif"),
]


@dataclass(frozen=True, eq=False)
class FilmFrame:
    """What one frame shows.

    image: (H, W, 3) uint8 RGB, square: the reconstruction at this step.
    step: its step; cosine: to the target on the attacked encoder.
    """

    image: NDArray[np.uint8]
    step: int
    cosine: float


@dataclass(frozen=True, eq=False)
class FilmOptions:
    """How a film is made.

    steps: the last step there will be, for "step 42 of 120".
    target: (H, W, 3) uint8 RGB, square, laid beside the reconstruction; None leaves it out.
    side: size of each picture in pixels.
    rate: frames per second.
    hold: how long the last frame stands, in seconds.
    mark: whether every frame says that it is a reconstruction.
    guided: whether the photograph guided the run; every frame then says so.
    palette: of a GIF's colours: one for the whole film, or one for each frame, which makes it several times as large.
    """

    steps: int
    target: NDArray[np.uint8] | None = None
    side: int = 512
    rate: int = 12
    hold: float = 1.5
    mark: bool = True
    guided: bool = False
    palette: Palette = "film"


def write_film(path: Path, frames: Iterable[FilmFrame], options: FilmOptions) -> Path:
    """Write a film as MP4 (H.264, 4:2:0) or GIF, by its suffix; whole or not at all, readable by its owner only.

    Args:
        path: where to; its folder must exist.
        frames: drawn as they come; whatever the iterator raises ends the film and nothing stays.

    Raises:
        UserError: another suffix, no frame at all, or the file cannot be written.
    """
    return write_pictures(path, _held(frames, options), options.rate, options.palette)


def write_pictures(path: Path, pictures: Iterable[NDArray[np.uint8]], rate: int, palette: Palette = "frame") -> Path:
    """Write pictures, (H, W, 3) uint8 RGB of one even height and width, as a film; else as `write_film`.

    Args:
        rate: pictures per second.
        palette: of a GIF, as `FilmOptions` says.
    """
    suffix = path.suffix.lower()
    if suffix not in _ENCODING:
        raise UserError(f"{path.name}: a film is written as .mp4 or .gif; choose one of these")
    with replacing(path) as temporary:
        if suffix == ".gif" and palette == "film":
            _encode_gif(temporary, iter(pictures), rate, path.name)
        else:
            _encode(temporary, _ENCODING[suffix], iter(pictures), rate, path.name)
    return path


def film_frame(frame: FilmFrame, options: FilmOptions) -> NDArray[np.uint8]:
    """Draw one frame: (H, W, 3) uint8 RGB, of even height and width."""
    side, pad = options.side, max(4, options.side // 32)
    bar = round(side * 0.13)
    pictures = [frame.image] if options.target is None else [options.target, frame.image]
    width = len(pictures) * side + (len(pictures) + 1) * pad
    height = side + pad + bar
    sheet = Image.new("RGB", (width + width % 2, height + height % 2), _BACKGROUND)
    for place, picture in enumerate(pictures):
        fitted = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS))
        if options.mark and picture is frame.image:
            fitted = marked(fitted, max(9, side // 36))
        if options.guided and picture is frame.image:
            fitted = badged(fitted, max(9, side // 36))
        sheet.paste(Image.fromarray(fitted), (pad + place * (side + pad), pad))
    _draw_bar(ImageDraw.Draw(sheet), frame, options, left=width - pad - side, top=side + pad, height=bar)
    if options.target is not None:
        lettering = font(max(9, round(bar * 0.3)), "Medium")
        ImageDraw.Draw(sheet).text((pad, side + pad + bar * 0.36), "target", _DIM, lettering, anchor="lm")
    return np.asarray(sheet, dtype=np.uint8)


def _draw_bar(
    draw: ImageDraw.ImageDraw, frame: FilmFrame, options: FilmOptions, *, left: int, top: int, height: int
) -> None:
    """Write step and cosine under the reconstruction, and draw how far the run has come."""
    plain, heavy = font(max(9, round(height * 0.3))), font(max(9, round(height * 0.3)), "Medium")
    line = top + height * 0.36
    right = left + options.side
    draw.text((left, line), f"step {frame.step} of {options.steps}", _BRIGHT, plain, anchor="lm")
    draw.text((right, line), f"cosine {frame.cosine:.3f}", _ACCENT, heavy, anchor="rm")
    track = top + height * 0.74
    thick = max(2, height // 24)
    draw.rectangle((left, track, right - 1, track + thick - 1), fill=_TRACK)
    done = min(1.0, frame.step / max(1, options.steps))
    if done > 0:
        draw.rectangle((left, track, left + done * (options.side - 1), track + thick - 1), fill=_ACCENT)


def _held(frames: Iterable[FilmFrame], options: FilmOptions) -> Iterator[NDArray[np.uint8]]:
    drawn = None
    for frame in frames:
        drawn = film_frame(frame, options)
        yield drawn
    if drawn is not None:
        for _ in range(round(options.hold * options.rate)):
            yield drawn


def _encode_gif(temporary: Path, frames: Iterator[NDArray[np.uint8]], rate: int, name: str) -> None:
    """Write a GIF with one palette: the frames are drawn once, and read twice."""
    # A folder of the owner's alone: the frames show faces.
    with tempfile.TemporaryDirectory(prefix="likeness-film-") as folder:
        whole, palette = Path(folder) / "frames.nut", Path(folder) / "palette.png"
        _encode(whole, _LOSSLESS, frames, rate, name)
        _run(["-i", str(whole), *_PALETTE, str(palette)])
        _run(["-i", str(whole), "-i", str(palette), *_WITH_PALETTE, str(temporary.absolute())])


def _encode(temporary: Path, encoding: list[str], frames: Iterator[NDArray[np.uint8]], rate: int, name: str) -> None:
    first = next(frames, None)
    if first is None:
        raise UserError(f"{name}: there is no step to film; let the run take at least one")
    height, width = first.shape[:2]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate)]
    command = [*_encoder(), *source, "-i", "pipe:0", *encoding, str(temporary.absolute())]
    with tempfile.TemporaryFile() as complaints:
        # The packaged encoder, its arguments as a list, no shell.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)  # noqa: S603
        assert process.stdin is not None
        try:
            _feed(process.stdin, first, frames)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode != 0:
            complaints.seek(0)
            raise _failure(complaints.read().decode(errors="replace"))


def _encoder() -> list[str]:
    return [get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y"]


def _run(arguments: list[str]) -> None:
    """Let the encoder do something with files that are there."""
    # The packaged encoder, its arguments as a list, no shell.
    done = subprocess.run(  # noqa: S603
        [*_encoder(), *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        raise _failure(done.stderr.decode(errors="replace"))


def _feed(pipe: IO[bytes], first: NDArray[np.uint8], rest: Iterator[NDArray[np.uint8]]) -> None:
    # A broken pipe means that the encoder has given up; its exit status and its complaints say why.
    with suppress(BrokenPipeError), pipe:
        pipe.write(first.tobytes())
        for frame in rest:
            pipe.write(frame.tobytes())


def _failure(complaints: str) -> OSError:
    if "No space left on device" in complaints:
        return OSError(errno.ENOSPC, "no space left on device")
    last = complaints.strip().splitlines()[-1:] or ["it gave no reason"]
    return OSError(errno.EIO, f"the film encoder failed: {last[0]}")
