"""Bytes to pictures: guarded decoding, flattening, measuring, letterboxing."""
