"""Generators that users bring: StyleGAN2, StyleGAN2-ADA, StyleGAN3-T and -R, and DCGAN, from their makers' files."""
