"""An example of a plug-in for Likeness: each module holds one part."""
