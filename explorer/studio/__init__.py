"""Observable state, the inference engine, catalogue, figures and command line; no Qt."""
