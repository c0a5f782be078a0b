"""Model families: the only place that imports torch and transformers."""
