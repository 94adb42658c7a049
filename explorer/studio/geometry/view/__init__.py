"""A fitted face looked at in three dimensions: the scene, what it shows, and pictures of it; no Qt."""
