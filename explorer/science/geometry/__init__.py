"""The face in 3D: morphable model, pose, projection, visibility, UV texture and fitting."""
