"""Tables and figures of the papers, over many faces."""
