"""A small game: a village square, four people with tempers of their own, and a gate that one of them may open.

Walk about, talk, be kind or be nasty. They feel it, they remember it, they see what is done to the others, and they
tell each other when they meet.

Run it with: python -m demos.village
"""
