"""Training scenarios: a talk whose branches a character's feelings decide, its score, and the report afterwards."""
