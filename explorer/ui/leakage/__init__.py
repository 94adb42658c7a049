"""The readouts of an embedding."""
