"""Kills a real server and a real worker while jobs come in, and counts what became of every job."""
