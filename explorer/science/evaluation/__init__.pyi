from .lpips import Lpips
from .pictures import mean_squared_error, multi_scale_similarity, peak_signal_to_noise, structural_similarity
from .projection import principal_components, t_sne
from .score import EncoderScore, PhotographRates
from .scoring import embed_face, judge, score_image

__all__ = [
    "EncoderScore",
    "Lpips",
    "PhotographRates",
    "embed_face",
    "judge",
    "mean_squared_error",
    "multi_scale_similarity",
    "peak_signal_to_noise",
    "principal_components",
    "score_image",
    "structural_similarity",
    "t_sne",
]
