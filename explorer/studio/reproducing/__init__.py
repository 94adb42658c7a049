"""Exports made again from the record that they carry: readouts, fits, 3D views and embeddings, a module each; and, in
one line, why some cannot be. Inversions have a module of their own, `explorer.studio.reproducing.runs`."""
