"""One file for each outside world."""
