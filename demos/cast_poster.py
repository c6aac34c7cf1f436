"""The cast on one picture, each in a feeling of its own: the picture of the README.

Run it with: python -m demos.cast_poster --out docs/images
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import expressive as ex
from expressive.links.backdrops import backdrop
from expressive.links.marking import write_png

FEELINGS = {
    "guard": "anger",
    "innkeeper": "happiness",
    "driver": "fear",
    "monk": "tenderness",
    "merchant": "contempt",
    "scholar": "surprise",
    "apprentice": "sadness",
    "healer": "pity",
}
PLACES = ("gate", "inn", "road", "cloister", "market", "library", "night", "sickroom")
TILE = 288
FACE = 264


def portrait(name: str, emotion: str, seed: int, settle_s: float) -> np.ndarray:
    """A character's face once the feeling has settled [shape=(FACE, FACE, 4), dtype=uint8]."""
    with ex.Actor.load(name, seed=seed) as actor:
        actor.feel(emotion, 0.9, hold_s=10.0)
        actor.look_at("ahead")
        actor.update(settle_s)
        # A blink is no feeling: wait until the eyes are open again.
        for _ in range(60):
            if max(actor.controls["eyeBlinkLeft"], actor.controls["eyeBlinkRight"]) < 0.35:
                break
            actor.update(1 / 60)
        return actor.frame(size=FACE)


def tile(face: np.ndarray, place: str, label: str) -> Image.Image:
    """One character in front of a place, with a label."""
    picture = Image.fromarray(backdrop(place, (TILE, TILE))).convert("RGBA")
    figure = Image.fromarray(face)
    picture.alpha_composite(figure, ((TILE - FACE) // 2, TILE - FACE))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(15)
    width = draw.textlength(label, font=font)
    draw.text(((TILE - width) / 2, TILE - 24), label, "white", font, stroke_width=2, stroke_fill=(0, 0, 0, 200))
    return picture.convert("RGB")


def main(argv: list[str] | None = None) -> None:
    """Draw the poster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(), help="folder for cast.png")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--frames", type=int, default=90, help="sixtieths of a second in which the feeling settles")
    parser.add_argument("--headless", action="store_true", help="opens no window, as always")
    options = parser.parse_args(argv)
    poster = Image.new("RGB", (4 * TILE, 2 * TILE))
    for i, ((name, emotion), place) in enumerate(zip(FEELINGS.items(), PLACES, strict=True)):
        face = portrait(name, emotion, options.seed, options.frames / 60)
        poster.paste(tile(face, place, f"{name}: {emotion}"), (i % 4 * TILE, i // 4 * TILE))
    write_png(options.out / "cast.png", np.asarray(poster))
    print(f"wrote {options.out / 'cast.png'}")


if __name__ == "__main__":
    main()
