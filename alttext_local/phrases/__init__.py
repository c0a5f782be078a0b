"""What is said from what was measured, read and judged: phrases as data, and how they join."""
