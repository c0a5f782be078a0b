"""Training of the shipped models: drawings, batches, loop, calibration, cards."""
