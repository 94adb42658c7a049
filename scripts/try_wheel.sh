#!/usr/bin/env bash
# The wheel as a stranger has it: built, installed into an empty environment outside this tree, used from another folder.
# Networks are taken from the cache (LIKENESS_CACHE), where `make test` has fetched them. Everything made here goes again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'wheel: %s\n' "$*" >&2; exit 1; }

root="$PWD"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
unset PYTHONPATH
pip=(--disable-pip-version-check -qq)

say "building the wheel"
.venv/bin/python -m pip "${pip[@]}" wheel --no-deps --wheel-dir "$place" "$root"
wheel="$(echo "$place"/likeness-*.whl)"
.venv/bin/python -m venv "$place/env"
mkdir "$place/elsewhere"
cp resources/faces/astronaut.png "$place/elsewhere/face.png"
cp constraints.txt "$place"
cd "$place/elsewhere"

say "installing it without its extras"
# Not compiled: most of what is installed is never imported here.
pip+=(install --no-compile -c "$place/constraints.txt")
"$place/env/bin/python" -m pip "${pip[@]}" torch  # by itself first, as in setup.sh: pip then takes a CPU build on offer
"$place/env/bin/python" -m pip "${pip[@]}" "$wheel"
likeness="$place/env/bin/likeness"
"$place/env/bin/python" -c 'import explorer; print(explorer.__file__)' | grep -q "^$place/env/" || die "it is not the wheel's"

expect_line() { # what the line must hold, then the command
    local wanted="$1" code=0
    shift
    "$@" > ../out 2> ../err || code=$?
    if [[ $code != 2 || $(wc -l < ../err) != 1 ]] || ! grep -qF "$wanted" ../err; then
        cat ../out ../err >&2
        die "code $code instead of one line that names $wanted: $*"
    fi
}
expect_line 'likeness[gui]' "$likeness"
expect_line 'likeness[3d]' "$likeness" fit face.png

say "installing the window and the 3D face"
"$place/env/bin/python" -m pip "${pip[@]}" "${wheel}[gui,3d]"

say "using it"
"$likeness" doctor --json > ../doctor.json
"$place/env/bin/python" - << 'END' || die "the report of likeness doctor is wrong"
import json

report = json.load(open("../doctor.json"))
assert "missing" not in report["dependencies"].values(), report["dependencies"]
assert report["extras"]["gui"] == report["extras"]["3d"] == "installed", report["extras"]
assert report["networks"]["arcface-mbf"] == "present", report["networks"]
END
"$likeness" embed face.png --out vector.npy
"$place/env/bin/python" -c 'import numpy; v = numpy.load("vector.npy"); assert v.shape == (512,) and v.dtype == numpy.float32'
"$likeness" fit face.png --no-refine --out fitted

code=0
LIKENESS_STATE="$place/state" LIKENESS_CONFIG="$place/config" xvfb-run -a timeout 10 "$likeness" > ../window.log 2>&1 || code=$?
if [[ $code != 124 ]] || grep -q Traceback ../window.log; then
    cat ../window.log >&2
    die "the window did not stay open: code $code"
fi
say "the wheel works: report, embedding, 3D fit and window"
