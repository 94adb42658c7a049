"""Where there can be no window: one line, the code 2, and what to do instead; no abort."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from explorer.ui.window import application

ROOT = Path(__file__).resolve().parents[3]
NOTHING = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE", "WAYLAND_SOCKET")
SAID = {
    "dead": "qt.qpa.xcb: could not connect to display :77",
    "plugin": 'qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "" even though it was found.',
    "unknown": 'qt.qpa.plugin: Could not find the Qt platform plugin "nonsense" in ""',
}


@pytest.mark.parametrize(
    ("said", "variables", "why"),
    [
        ([], {}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        (["dead"], {"DISPLAY": ":77"}, "the display :77 does not answer"),
        ([], {"WAYLAND_DISPLAY": "wayland-9"}, "WAYLAND_DISPLAY=wayland-9 does not answer"),
        (["unknown"], {"QT_QPA_PLATFORM": "nonsense"}, "Qt knows no platform nonsense"),
        ([], {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "DISPLAY=:0"),
    ],
)
def test_the_reason_is_named(said: list[str], variables: Mapping[str, str], why: str) -> None:
    told = application.refusal([SAID[one] for one in said], variables)
    assert told.startswith("the window cannot open: ")
    assert why in told
    assert "\n" not in told


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.studio.commands import doctor

    found = {"libxcb-cursor.so.0": False, "libEGL.so.1": True}
    monkeypatch.setattr(doctor, "system_libraries", lambda: found)
    told = application.refusal([SAID["plugin"]], {"DISPLAY": ":0"})
    assert "libxcb-cursor.so.0" in told
    assert "libEGL" not in told


def started(variables: Mapping[str, str], code: str = "") -> subprocess.CompletedProcess[str]:
    """The program without arguments, in an environment without a display but for these variables."""
    environment = {name: value for name, value in os.environ.items() if name not in NOTHING} | dict(variables)
    command = [sys.executable, "-c", code] if code else [sys.executable, "run_explorer.py"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables", [{}, {"DISPLAY": ":77"}, {"WAYLAND_DISPLAY": "wayland-9"}, {"QT_QPA_PLATFORM": "nonsense"}]
)
def test_the_program_ends_with_2_and_one_line(variables: Mapping[str, str]) -> None:
    ended = started(variables)
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("likeness: the window cannot open: ")
    assert "likeness invert PHOTO --out FOLDER" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["offscreen", "minimal"])
def test_platforms_without_a_display_are_not_refused(platform: str) -> None:
    code = (
        "from explorer.ui.window.application import open_application; app = open_application(['likeness']);"
        "print(app.platformName())"
    )
    ended = started({"QT_QPA_PLATFORM": platform}, code)
    assert (ended.returncode, ended.stdout.strip()) == (0, platform)
