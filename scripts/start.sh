#!/usr/bin/env bash
# Open the window; where there is no display, do the main job on a sample face instead and say where the figure lies.
# Arguments are added to `likeness invert` in the second case.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -n ${DISPLAY:-} || -n ${WAYLAND_DISPLAY:-} ]]; then
    code=0
    .venv/bin/likeness || code=$?
    # 2: the display does not answer, which the program has said.
    [[ $code -eq 2 ]] || exit "$code"
fi

sample=resources/faces/astronaut.png
echo "No display here, so no window: turning the embedding of $sample back into a face instead." >&2
.venv/bin/likeness invert "$sample" --out out "$@"
echo "The figure is figure.png in the folder above, within $PWD; the result and the record of the run lie beside it."
