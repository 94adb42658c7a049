"""The mesh on screen: drawn by OpenGL off screen, or without it."""
