"""The one error of every reader of network files."""

from explorer.science.errors import LikenessError


class NetworkFileError(LikenessError, ValueError):
    """A network file that is broken, foreign or asks for more than this program will do.

    Example:
        >>> from explorer.science.networks import NetworkFileError, OnnxGraph
        >>> try:
        ...     OnnxGraph(b"not a network")
        ... except NetworkFileError as error:
        ...     print(error)
        the file is not an ONNX model, or it is damaged
    """
