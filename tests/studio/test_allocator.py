"""Freed tensors stay with the process."""

import resource

import torch

from explorer.studio.allocator import keep_freed_memory


def test_a_freed_block_is_taken_again_without_page_faults():
    assert keep_freed_memory()

    def faults(count: int) -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(count):
            torch.zeros(64, 1 << 20)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    faults(1)
    assert faults(4) < 64 * (1 << 20) * 4 / 4096 / 10
