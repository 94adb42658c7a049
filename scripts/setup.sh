#!/usr/bin/env bash
# Bring this working tree to where the program (or its tests) can run: system libraries, .venv, dependencies, networks.
# Usage: scripts/setup.sh run | test
# What is done already is seen and skipped: a second call takes about a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode="${1:-run}"
[[ $mode == run || $mode == test ]] || { echo "usage: scripts/setup.sh run | test" >&2; exit 2; }

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'setup: %s\n' "$*" >&2; exit 2; }

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
}

# The Debian packages that this machine lacks, one a line.
missing_packages() {
    local library package known
    known="$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)"
    if [[ -n $known ]]; then
        while read -r library package; do
            [[ -z $library || $library == \#* || $known == *"$library "* ]] || echo "$package"
        done < resources/system-libraries.txt
    fi
    compgen -G '/usr/share/fonts/*/*' >/dev/null || echo fonts-dejavu-core
    if [[ -z $python ]]; then
        printf '%s\n' python3 python3-venv
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$(basename "$python")-venv"
    fi
    if [[ $mode == test ]]; then
        command -v Xvfb >/dev/null || echo xvfb
        command -v xauth >/dev/null || echo xauth
        # llvmpipe, Mesa's software renderer, is what OpenGL runs on in tests.
        compgen -G '/usr/lib/*/dri/swrast_dri.so' >/dev/null || echo libgl1-mesa-dri
    fi
}

install_packages() {
    local as_root=("$@") line
    line="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
    say "installing what the system lacks: ${packages[*]}"
    if ! DEBIAN_FRONTEND=noninteractive "${as_root[@]}" sh -c "$line" >&2; then
        say "that did not work; go on without, or install by hand: $line"
    fi
}

provide_packages() {
    mapfile -t packages < <(missing_packages | sort -u)
    [[ ${#packages[@]} -gt 0 ]] || return 0
    if ! command -v apt-get >/dev/null; then
        say "missing here, by their Debian names: ${packages[*]}; install them with this system's own tool"
    elif [[ $(id -u) == 0 ]]; then
        install_packages env
    else
        local line="sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages[*]}" answer=no
        say "this machine lacks some system packages; this one line installs them:"
        printf '%s\n' "$line" >&2
        if [[ -t 0 ]]; then
            read -r -p "Run it now? [y/N] " answer
        fi
        if [[ $answer == [yY]* ]]; then
            install_packages sudo
        fi
    fi
}

# Dependencies are as they should be when this text has not changed since they were installed.
wanted_stamp() {
    "$python" --version
    cat pyproject.toml constraints.txt
}

provide_dependencies() {
    local stamp=.venv/.likeness-$mode extras=gui,3d
    [[ $mode == test ]] && extras=dev
    if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        say "making .venv with $("$python" --version)"
        "$python" -m venv --clear .venv
    fi
    if [[ -f $stamp ]] && wanted_stamp | cmp -s - "$stamp"; then
        return
    fi
    rm -f .venv/.likeness-*
    say "installing dependencies into .venv; torch and Qt are large, the first time takes a few minutes"
    # A person sees pip's progress bars; a log gets only what went wrong.
    # Not compiled: Python does so with what it imports, when it first does, and most of these files it never imports.
    local pip=(.venv/bin/python -m pip --disable-pip-version-check install --no-compile -c constraints.txt)
    [[ -t 1 ]] || pip+=(-qq)
    # Networks come meanwhile, by the few packages that fetch them. What goes wrong with it is seen and said afterwards.
    "${pip[@]}" pydantic typer rich platformdirs filelock lazy_loader pypi-simple requests
    provide_networks exec .venv/bin/python run_explorer.py > /dev/null 2>&1 &
    fetching=$!
    trap 'kill "$fetching" 2> /dev/null || true' EXIT
    # torch by itself first: pip then takes a CPU build that its own settings offer, and the rest builds on that.
    "${pip[@]}" torch
    "${pip[@]}" -e ".[$extras]"
    # Attacks are held to it. What it asks for, torchvision first, is needed by none of what is compared with.
    [[ $mode == run ]] || "${pip[@]}" --no-deps torchattacks
    wanted_stamp > "$stamp"
    # What the tests need includes what the program needs.
    [[ $mode == run ]] || cp "$stamp" .venv/.likeness-run
}

provide_networks() { # the program, as it can be started by now
    local groups=(--group default)
    [[ $mode == test ]] && groups+=(--group leakage --group evaluation --group people)
    "$@" models fetch "${groups[@]}" >&2
}

python="$(find_python)"
provide_packages
python="$(find_python)"
[[ -n $python ]] || die "Python 3.11 or newer is needed; install it, or name it: make run PYTHON=/path/to/python3"
"$python" -c 'import ensurepip, venv' 2>/dev/null || die "$python lacks the venv module: install $(basename "$python")-venv"
provide_dependencies
provide_networks .venv/bin/likeness  # waits for the one that is on its way
