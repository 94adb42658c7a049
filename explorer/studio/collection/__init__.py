"""Collections: very many faces in a folder of memory-mapped arrays, searched by an index."""
