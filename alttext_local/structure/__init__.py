"""What stands where in a picture: bars and ticks, slices, lines, rows and columns. Pixels and OCR, no model."""
