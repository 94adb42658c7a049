"""The 3D face: fitting, viewing, exporting."""
