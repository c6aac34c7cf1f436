"""Two peers' models to the letter, for those who come from them and to compare with; ours is none of these."""
