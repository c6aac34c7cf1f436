"""Affect and speech become controls, and controls become frames."""
