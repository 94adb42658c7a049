"""Generators of faces and their latent spaces."""
