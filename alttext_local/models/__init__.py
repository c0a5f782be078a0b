"""Models as things that are fetched, carried, installed, looked through and tried."""
