"""Several inversions of one embedding, compared."""
