"""Identity encoders as batched, differentiable torch modules."""
