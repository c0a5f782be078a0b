"""The rule book: texts checked and mended, by rules with ids."""
