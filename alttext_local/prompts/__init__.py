"""What models are asked, as files an editor can review."""
