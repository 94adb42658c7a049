"""What an embedding shows at a glance: a decoder from embeddings to pictures (Deep Face Decoder, section 3)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
