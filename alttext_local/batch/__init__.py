"""Batch runs: one command over a folder, an archive or a list, that can be killed and goes on where it was."""
