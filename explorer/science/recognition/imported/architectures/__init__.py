"""Published encoders as torch modules, a family a file, each with the layouts of names under which its weights go."""

__all__: list[str] = []
