"""Alternative text in image files: read, written and marked as machine-made, with the pixels left alone."""
