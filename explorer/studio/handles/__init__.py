"""A latent space with handles: faces read and moved by its elements."""
