"""Starts the village.

python -m demos.village
python -m demos.village --script "walk guard; insult; insult; answer; shot angry.png" --seed 7
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path

from expressive.core.errors import ExpressiveError


def main(argv: list[str] | None = None) -> None:
    """Play until the window is closed, for so many frames, or by script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--headless", action="store_true", help="no window and no sound")
    parser.add_argument("--frames", type=int, help="stop after so many frames")
    parser.add_argument("--script", help="play by script, without a window; the same each time for the same seed")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="save a picture of the last frame")
    parser.add_argument("--out", type=Path, help="folder for pictures")
    parser.add_argument("--save-file", type=Path, default=Path("village-save.json"), help="where F5 saves the game")
    options = parser.parse_args(argv)
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    if options.headless or options.script is not None:
        os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
    try:
        _run(options)
    except ExpressiveError as error:
        sys.exit(f"village: {error}")


def _run(options: argparse.Namespace) -> None:
    import numpy as np
    import pygame

    from demos.village.game import Village, Wishes
    from demos.village.keys import Keys
    from demos.village.paint import write
    from demos.village.playscript import play
    from demos.village.screen import WINDOW, Screen
    from expressive.links.marking import write_png

    pygame.init()
    live = not options.headless and options.script is None
    # The system's own graphics make the window as large as the screen allows; a driver without any is not asked.
    surface = pygame.display.set_mode(WINDOW, pygame.SCALED if pygame.display.get_driver() != "dummy" else 0)
    pygame.display.set_caption("The gate of Heronsford")
    write(surface, "Painting the village …", (WINDOW[0] / 2, WINDOW[1] / 2), size=24, align="centre")
    pygame.display.flip()
    village = Village(seed=options.seed, live=live, save_file=options.save_file)
    screen = Screen(village)
    gc.collect()
    gc.freeze()  # what was loaded stays; looking through it again would cost a frame

    def shot(name: str | Path) -> None:
        screen.settle()
        screen.draw(surface)
        pixels = pygame.surfarray.array3d(surface).swapaxes(0, 1)
        write_png((options.out or Path()) / name, np.ascontiguousarray(pixels))

    n_frames = 0
    if live:
        keys, clock = Keys(), pygame.time.Clock()
        while n_frames != options.frames:
            wishes = keys.read(pygame.event.get(), pygame.key.get_pressed())
            if keys.quit or (wishes.back and village.talk is None):
                break
            village.step(min(clock.tick(60) / 1000, 0.05), wishes)
            screen.draw(surface)
            pygame.display.flip()
            n_frames += 1
    else:
        for wishes in play(village, options.script, shot=shot) if options.script else iter(Wishes, None):
            if n_frames == options.frames:
                break
            village.step(1 / 60, wishes)
            n_frames += 1
    if options.screenshot is not None:
        shot(options.screenshot)
    elif options.out is not None:
        shot("village.png")
    village.close()
    pygame.quit()


if __name__ == "__main__":
    main()
