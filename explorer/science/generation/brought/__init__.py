"""Generators that users bring: StyleGAN2, StyleGAN2-ADA, StyleGAN3-T and -R, and DCGAN, from their makers' files."""

from explorer.science.generation.brought.files import read_generator_file

__all__ = ["read_generator_file"]
