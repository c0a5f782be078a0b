"""How the small model is trained."""
