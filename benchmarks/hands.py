"""What users' hands and files break: a list of cases from public reports of tools like this one, tried from outside.

    python -m benchmarks.hands [WORDS ...]

Each case is the sentence that holds where the program is right; what fails is printed with what was seen in its place.
WORDS choose the cases whose sentences hold all of them; then nothing is written. The command line runs in processes of
its own; the window under Xvfb, with real events. Sizes of layouts and windows that flash come from `screens`, the
seconds to the first picture of an inversion from `first_picture`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import hands_command_line, hands_files, hands_surroundings, hands_window
from benchmarks.common import write_results
from benchmarks.hands_kit import ROOT, Case, Cases, Hands, WrongError
from benchmarks.screens import counts

# Processes beside each other; each loads its networks by itself.
TOGETHER = 2
LISTS: tuple[Cases, ...] = (hands_command_line.CASES, hands_surroundings.CASES, hands_files.CASES)


def attempt(case: Case) -> str:
    """Try a case in a folder of its own; what is wrong, or nothing."""
    with tempfile.TemporaryDirectory(prefix="hands-") as folder:
        try:
            case(Hands(Path(folder)))
        except WrongError as wrong:
            return str(wrong)
        except Exception:
            return traceback.format_exc(limit=-2).strip()
        finally:
            # A case may have made a folder that nobody can empty.
            for place in Path(folder).rglob("*"):
                if place.is_dir() and not place.is_symlink():
                    place.chmod(0o700)
    return ""


def chosen(sentences: Iterable[str], words: Sequence[str]) -> list[str]:
    """The sentences that hold all of the words."""
    return [sentence for sentence in sentences if all(word.lower() in sentence.lower() for word in words)]


def try_all(words: Sequence[str] = ()) -> dict[str, str]:
    """Try the cases; what is wrong with each, by "kind: sentence", empty where it is right."""
    found: dict[str, str] = {}
    with ThreadPoolExecutor(TOGETHER) as pool:
        for cases in LISTS:
            tried = chosen(cases.cases, words)
            for name, wrong in zip(tried, pool.map(attempt, [cases.cases[name] for name in tried]), strict=True):
                found[f"{cases.kind}: {name}"] = _told(cases.kind, name, wrong)
    for name, wrong in hands_window.try_tests(chosen(hands_window.TESTS, words)).items():
        found[f"{hands_window.KIND}: {name}"] = _told(hands_window.KIND, name, wrong)
    return found


def _told(kind: str, name: str, wrong: str) -> str:
    print(f"{'fails' if wrong else 'right':6} {kind}: {name}{': ' + wrong if wrong else ''}", flush=True)
    # A folder of this machine has no place in results.
    return re.sub(r"/\S*hands-\w+", "FOLDER", wrong)


def first_picture() -> float:
    """The seconds from Start to the first picture, measured in a process of its own.

    Raises:
        subprocess.CalledProcessError: it was not measured.
    """
    command = [sys.executable, "-m", "benchmarks.first_picture"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Try the cases, and write what failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORDS")
    words = parser.parse_args().words
    found = try_all(words)
    failed = {name: wrong for name, wrong in found.items() if wrong}
    print(f"{len(found)} cases, {len(failed)} fail")
    if words:
        return
    write_results(
        "hands",
        {
            "cases": len(found),
            "cases_failed": len(failed),
            **counts(),
            "first_picture_seconds": first_picture(),
        },
        failed=failed,
        right=[name for name in found if name not in failed],
    )


if __name__ == "__main__":
    main()
