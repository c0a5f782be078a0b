"""Benchmarks: this engine beside what a user would write with transformers alone. `python -m scripts.bench --help`."""
