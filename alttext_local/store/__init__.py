"""What outlives the process: tokens and cached results, in SQLite."""
