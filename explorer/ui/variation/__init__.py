"""Several inversions side by side."""
