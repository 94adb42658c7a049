"""Benchmarks, each a module that writes `results/NAME.json`."""

from explorer.launch import let_idle_threads_sleep

# What is measured in a benchmark's own process is then what the program does. Before any of them brings torch.
let_idle_threads_sleep()
