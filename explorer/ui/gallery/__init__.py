"""Drawing many faces: a grid, a map, pictures side by side and under a wipe."""
