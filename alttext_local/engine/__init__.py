"""Names to loaded models, the batcher, health."""
