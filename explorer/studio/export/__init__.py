"""Publication figures, contact sheets and films, made without a display, each with its provenance."""
