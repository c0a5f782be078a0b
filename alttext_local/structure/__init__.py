"""What stands where in a picture: bars, ticks, slices, lines, rows, columns, headings. Pixels and OCR, no model."""
