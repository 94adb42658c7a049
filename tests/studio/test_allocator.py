"""Freed tensors stay with the process, also those of the engine's thread."""

import subprocess
import sys

SCRIPT = """
import resource, sys, threading, torch
from explorer.studio.allocator import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()

def faults(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        torch.zeros(64, 1 << 18)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def measure():
    faults(8)
    print(faults(8))

thread = threading.Thread(target=measure)
thread.start()
thread.join()
"""


def page_faults(how: str) -> int:
    return int(subprocess.run([sys.executable, "-c", SCRIPT, how], check=True, capture_output=True, text=True).stdout)


def test_a_freed_block_is_taken_again_without_page_faults():
    assert page_faults("keep") < page_faults("return") / 4
