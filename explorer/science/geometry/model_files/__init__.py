"""Morphable models that researchers own, read from their makers' files into one `MorphableModel`."""

from explorer.science.geometry.model_files.reading import read_model_file

__all__ = ["read_model_file"]
