#!/usr/bin/env bash
# The example plug-in, installed beside the program as a user does, switched on, used and switched off. No network.
# Settings, state and what is made lie in a folder of their own; a copy that was installed before stays as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() { printf 'plug-in: %s\n' "$*" >&2; exit 1; }

unset PYTHONPATH
place="$(mktemp -d)"
python="$PWD/.venv/bin/python"
likeness="$PWD/.venv/bin/likeness"
pip=("$python" -m pip --disable-pip-version-check -qq)
install=("${pip[@]}" install --no-index --no-deps --no-build-isolation)
if "${pip[@]}" show likeness-example-plugin > "$place/shown" 2>&1; then
    # Beside the one that is there, and before it.
    install+=(--target "$place/site")
    export PYTHONPATH="$place/site"
fi
clear_away() {
    [[ -n ${PYTHONPATH:-} ]] || "${pip[@]}" uninstall -y likeness-example-plugin || true
    rm -rf "$place"
}
trap clear_away EXIT
export LIKENESS_CONFIG="$place/config" LIKENESS_STATE="$place/state"

# Built from a copy, so that nothing is left in the tree.
cp -r examples/plugin "$place/plugin"
"${install[@]}" "$place/plugin"
cp resources/faces/astronaut.png "$place/face.png"
cd "$place"

# Not through a pipe: grep ends at the first hit, and the list would then end with an error.
"$likeness" plugins list > listed
grep -q 'off  encoders:shades' listed || die "it is not listed, or not off"
if "$likeness" embed face.png --encoder shades --out off.npy 2> said; then
    die "its encoder is used before it is switched on"
fi
"$likeness" plugins enable likeness-example-plugin 2> said
[[ ! -s said ]] || die "$(cat said)"
"$likeness" embed face.png --encoder shades --out vector.npy
"$likeness" invert face.png --weight symmetry=0.5 --steps 2 --starts 1 --contest 0 --finish 0 --resolution 128 \
    --out made > log 2>&1 || { cat log >&2; die "its loss term cannot be used"; }
"$python" - << 'END' || die "what it made does not say so"
import json
from pathlib import Path

import numpy

vector = numpy.load("vector.npy")
assert vector.shape == (63,) and numpy.isfinite(vector).all(), vector
records = [Path("vector.npy.json"), *Path("made").rglob("*.json")]
named = {file.name for file in records if "plug-in likeness-example-plugin" in json.loads(file.read_text())["versions"]}
assert named == {file.name for file in records} > {"vector.npy.json", "run.json"}, named
(run,) = (json.loads(file.read_text()) for file in records if file.name == "run.json")
assert all(step["losses"]["symmetry"] > 0 for step in run["steps"]), run["steps"]
END
"$likeness" plugins disable likeness-example-plugin
if "$likeness" embed face.png --encoder shades --out off.npy 2> said; then
    die "its encoder is used after it is switched off"
fi
echo "the example plug-in works: its encoder and its loss term"
