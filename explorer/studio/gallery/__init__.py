"""Many faces: folders of photographs, groups of one person, searching, maps and comparisons of them."""
