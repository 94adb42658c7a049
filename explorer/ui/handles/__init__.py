"""Sliders of the elements of a latent space with handles."""
