"""Bulk jobs: many images from one archive, each described once, the results kept and told."""
