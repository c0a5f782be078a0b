"""Programs that draw training pictures of every kind, with true sentences on each."""
