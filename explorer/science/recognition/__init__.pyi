from .base import Encoder, EncoderSpec, is_match, similarity_or_distance
from .clustering import average_linkage
from .impostors import ImpostorRates
from .registry import encoder_spec, load_encoder
from .score_reference import ScoreReference

__all__ = [
    "Encoder",
    "EncoderSpec",
    "ImpostorRates",
    "ScoreReference",
    "average_linkage",
    "encoder_spec",
    "is_match",
    "load_encoder",
    "similarity_or_distance",
]
