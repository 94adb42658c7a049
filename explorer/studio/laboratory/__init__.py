"""The embedding laboratory: operations on faces and on sets of photographs, their tables and their figures."""
