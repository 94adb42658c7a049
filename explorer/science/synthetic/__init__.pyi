from .parameter_vectors import GroupVectors, confusion, group_vectors, separating_vector

__all__ = ["GroupVectors", "confusion", "group_vectors", "separating_vector"]
