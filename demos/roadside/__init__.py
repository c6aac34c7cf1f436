"""What the traffic stop is drawn with."""
