"""Measures the whole product with a shipped model: drawings by seed, real pictures, real charts, the API, speed."""
