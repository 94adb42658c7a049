"""Freed tensors stay with the process, also those of the engine's thread."""

import subprocess
import sys
from pathlib import Path

import pytest

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
    # The fewest of three: other threads of a process that begins have faults of their own.
    print(min(faults(8) for _ in range(3)))

thread = threading.Thread(target=measure)
thread.start()
thread.join()
"""


def page_faults(how: str) -> int:
    return int(subprocess.run([sys.executable, "-c", SCRIPT, how], check=True, capture_output=True, text=True).stdout)


@pytest.mark.slow
def test_a_freed_block_is_taken_again_without_page_faults():
    assert page_faults("keep") < page_faults("return") / 4


RELEASE = """
import re, torch
from explorer.studio.allocator import keep_freed_memory, release_freed_memory

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

keep_freed_memory()
torch.zeros(256, 1 << 18)
kept = resident()
release_freed_memory()
print(kept - resident())
"""


@pytest.mark.slow
def test_what_was_kept_is_given_back_when_asked():
    given_back = subprocess.run([sys.executable, "-c", RELEASE], check=True, capture_output=True, text=True).stdout
    assert float(given_back) > 200


LARGE = """
import re, sys
from explorer.studio.allocator import keep_freed_memory, release_freed_memory

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

def asked_for():
    \"""MiB of mappings for which large pages are asked.\"""
    mappings = open("/proc/self/smaps").read().split("VmFlags:")
    return sum(
        int(re.findall(r"^Size:\\s+(\\d+)", one, re.M)[-1]) / 1024
        for one, flags in zip(mappings, mappings[1:])
        if "hg" in flags.splitlines()[0].split()
    )

before = resident()
keep_freed_memory()
asked = [asked_for()]
block = bytes(1 << 28)
del block
release_freed_memory()
asked.append(asked_for())
print(resident() - before, *asked)
"""


def test_large_pages_are_asked_for_before_and_after_a_release_and_take_nothing_until_they_are_used():
    done = subprocess.run([sys.executable, "-c", LARGE], check=True, capture_output=True, text=True)
    grown, *asked = map(float, done.stdout.split())
    # A kernel that was built without large pages refuses; everything works as before there.
    wanted = 1500 if Path("/sys/kernel/mm/transparent_hugepage").exists() else 0
    assert min(asked) >= wanted
    assert grown < 50
