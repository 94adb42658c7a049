"""What happens to embeddings when a face is altered: by geometry, occlusion, attack, aggregation and modification."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
