"""Text in pictures, by Tesseract."""
