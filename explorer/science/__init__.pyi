from .iteration import Steps

__all__ = [
    "Steps",
]
