"""Proves that nothing goes out: the product at work in a network namespace with loopback alone, every call traced."""
