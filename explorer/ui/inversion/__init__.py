"""The inversion and its runs."""
