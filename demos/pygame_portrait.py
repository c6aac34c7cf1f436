"""A character in a pygame window: keys 1-6 make things happen to it, space lets it speak.

Run it with: python -m demos.pygame_portrait
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

EVENTS = ("insulted", "praised", "threatened", "apologised_to", "soothed", "startled")
LINES = {
    "calm": "Good day to you, traveller.",
    "irritated": "I am busy. What do you want?",
    "angry": "You are trying my patience!",
    "enraged": "[anger]Get away from my gate![/]",
    "cooling": "[sigh] Fine. Let us forget it.",
}
SIZE = 512


def main(argv: list[str] | None = None) -> None:
    """Run the window, or so many frames of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, help="stop after so many frames")
    parser.add_argument("--headless", action="store_true", help="no window and no sound")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, help="folder for a picture of the last frame")
    options = parser.parse_args(argv)
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
    if options.headless:
        os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")

    import pygame

    import expressive as ex
    from expressive.links.pygame import CharacterSprite

    pygame.init()
    screen = pygame.display.set_mode((SIZE, SIZE))
    pygame.display.set_caption("Expressive")
    font = pygame.font.Font(None, 24)
    clock = pygame.time.Clock()
    guard = ex.Actor.load("guard", seed=options.seed)
    sprite = CharacterSprite(guard, size=SIZE)
    running, n_frames = True, 0
    while running:
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                running = False
            elif event.type == pygame.KEYDOWN and event.key == pygame.K_SPACE:
                guard.say(LINES.get(guard.state, "Hm."))
            elif event.type == pygame.KEYDOWN and event.unicode.isdigit() and 0 < int(event.unicode) <= len(EVENTS):
                guard.trigger(EVENTS[int(event.unicode) - 1], source="player")
        if options.headless and n_frames == 5:  # nobody is there to press a key
            guard.trigger("insulted", source="player")
            guard.say(LINES["angry"])
        dt_s = 1 / 60 if options.headless else clock.tick(60) / 1000
        sprite.update(dt_s)
        screen.fill((46, 50, 58))
        screen.blit(sprite.image, sprite.rect)
        help_text = "  ".join(f"{i + 1} {name}" for i, name in enumerate(EVENTS)) + "  space: speak"
        screen.blit(font.render(f"{guard.state}   {guard.felt.dominant}", True, "white"), (12, 10))
        screen.blit(pygame.font.Font(None, 18).render(help_text, True, "grey"), (12, SIZE - 22))
        pygame.display.flip()
        n_frames += 1
        running = running and n_frames != options.frames
    if options.out is not None:
        pygame.image.save(screen, str(options.out / "pygame_portrait.png"))
    guard.close()
    pygame.quit()


if __name__ == "__main__":
    main()
