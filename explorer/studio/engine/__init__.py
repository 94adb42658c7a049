"""The engine: requests in, events out, on threads of its own (DESIGN, decision 3)."""
