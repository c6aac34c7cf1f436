"""A traffic stop: talk with a driver who sees, hears and remembers, and get a report of how it went.

Mouse, number keys, arrows and Enter, or a gamepad choose; letters write words of your own. F1 opens the instructor's
panel, Tab hides the meters, Esc stops.

Run it with: python -m demos.traffic_stop
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

SCENARIO = Path(__file__).parent / "scenarios" / "traffic_stop.yaml"


def main(argv: list[str] | None = None) -> None:
    """Run the window, or play it by script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", type=Path, default=SCENARIO, help="another scenario's file")
    parser.add_argument("--choices", help="play these by themselves: numbers, names, tags or own words, with commas")
    parser.add_argument("--headless", action="store_true", help="no window, no sound, and no waiting for real time")
    parser.add_argument("--fps", type=int, default=30, help="pictures a second while headless")
    parser.add_argument("--frames", type=int, help="stop after so many pictures")
    parser.add_argument("--screenshot", type=Path, help="write the last picture here")
    parser.add_argument("--seed", type=int, help="seed of all chance, in place of the scenario's")
    parser.add_argument("--out", type=Path, default=Path(), help="folder for report, log and pictures")
    options = parser.parse_args(argv)
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
    if options.headless:
        os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")

    import pygame

    from demos.roadside.screen import SIZE

    pygame.init()
    pygame.display.set_caption("Expressive: a traffic stop")
    screen = pygame.display.set_mode(SIZE)
    again, frames = True, options.frames
    while again:
        stop = Stop(options, screen)
        again, frames = stop.play(frames)
    picture = options.screenshot or (options.out / "traffic_stop.png" if options.headless else None)
    if picture is not None:
        pygame.image.save(screen, str(picture))
    pygame.quit()


class Stop:
    """One stop, from the briefing to the report."""

    def __init__(self, options: Any, screen: Any) -> None:
        import pygame

        from demos.roadside.car import FACE, Car
        from demos.roadside.instructor import orders
        from demos.roadside.paper import font
        from expressive.links.pygame import CharacterSprite, MixerVoice
        from expressive.simulation.reading import load_scenario
        from expressive.simulation.run import Run

        font.cache_clear()  # fonts die with pygame.quit()
        self.options, self.screen = options, screen
        path = options.scenario
        self.scenario, self.folder = load_scenario(path), path.parent
        live = not options.headless
        self.run = Run(self.scenario, folder=self.folder, seed=options.seed, embodied=True, live=live)
        voice = MixerVoice(self.run.subject, silent=options.headless)
        self.sprite = CharacterSprite(self.run.subject, size=FACE, threaded=live, drives=False, voice=voice)
        self.car = Car(self.scenario.background)
        self.orders = orders(self.run)
        self.script = [word.strip() for word in (options.choices or "").split(",") if word.strip()]
        self.begun = options.headless or bool(self.script)
        self.picked, self.typed, self.notice = 0, "", ""
        self.instructing, self.with_meters = False, True
        self.report: Path | None = None
        self.done = self.again = False
        self.pads = [pygame.joystick.Joystick(i) for i in range(pygame.joystick.get_count())]

    def play(self, frames: int | None) -> tuple[bool, int | None]:
        """Go on until it is over or somebody stops; returns whether to try again, and the frames that are left."""
        import pygame

        from expressive.links.pygame import advance

        clock = pygame.time.Clock()
        pygame.key.start_text_input()
        while not self.done and frames != 0:
            for event in pygame.event.get():
                self.handle(event)
            dt_s = 1 / self.options.fps if self.options.headless else min(0.1, clock.tick(60) / 1000)
            if self.begun and self.run.phase != "over":
                advance(self.run.update, [self.sprite.voice], dt_s)
                self.follow_script()
            elif self.begun and self.report is None:
                self.write_report()
                self.done = self.options.headless
            self.sprite.update(dt_s)
            self.draw()
            pygame.display.flip()
            frames = None if frames is None else frames - 1
        if self.report is None and self.run.record.decisions:
            self.write_report()
        self.sprite.voice.stop()
        self.run.close()
        return self.again, frames

    # ---- what people do ------------------------------------------------------------------------------------------

    def handle(self, event: Any) -> None:
        """Take a key, a click or a button of a gamepad."""
        import pygame

        if event.type == pygame.QUIT:
            self.done = True
        elif event.type == pygame.KEYDOWN:
            self.key(event)
        elif event.type == pygame.TEXTINPUT and self.run.phase == "choosing" and self.begun:
            # A digit chooses, unless somebody is in the middle of a sentence.
            if event.text.isdecimal() and not self.typed:
                self.choose(int(event.text) - 1)
            elif event.text.isprintable() and len(self.typed) < 300:
                self.typed += event.text
        elif event.type == pygame.MOUSEMOTION:
            self.point(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self.click(event.pos)
        elif event.type == pygame.JOYHATMOTION:
            self.move(event.value[0] - 2 * event.value[1])
        elif event.type == pygame.JOYBUTTONDOWN:
            if not self.begun:
                self.begun = True
            elif event.button == 0:
                self.choose(self.picked)
            elif event.button == 7:
                self.instructing = not self.instructing
        elif event.type == pygame.JOYDEVICEADDED:
            self.pads.append(pygame.joystick.Joystick(event.device_index))

    def key(self, event: Any) -> None:
        """Take a key that writes nothing."""
        import pygame

        if event.key == pygame.K_ESCAPE:
            self.done = True
        elif not self.begun:
            self.begun = event.key in (pygame.K_RETURN, pygame.K_SPACE)
        elif event.key == pygame.K_F1:
            self.instructing = not self.instructing
        elif event.key == pygame.K_TAB:
            self.with_meters = not self.with_meters
        elif event.key == pygame.K_r and self.run.phase == "over":
            self.done = self.again = True
        elif event.key == pygame.K_BACKSPACE:
            self.typed = self.typed[:-1]
        elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            self.say() if self.typed.strip() else self.choose(self.picked)
        elif event.key in (pygame.K_UP, pygame.K_DOWN, pygame.K_LEFT, pygame.K_RIGHT):
            step = {pygame.K_UP: -2, pygame.K_DOWN: 2, pygame.K_LEFT: -1, pygame.K_RIGHT: 1}
            self.move(step[event.key])

    def move(self, step: int) -> None:
        """Move the mark among the options."""
        if step and self.run.offered and 0 <= self.picked + step < len(self.run.offered):
            self.picked += step

    def point(self, at: tuple[int, int]) -> None:
        """Mark the option under the mouse."""
        from demos.roadside.screen import option_boxes

        for n, box in enumerate(option_boxes(len(self.run.offered))):
            if box.collidepoint(at) and not self.instructing:
                self.picked = n

    def click(self, at: tuple[int, int]) -> None:
        """Press what lies under the mouse."""
        from demos.roadside.screen import option_boxes

        if not self.begun:
            self.begun = True
        elif self.instructing:
            for order in self.orders:
                if order.rect.collidepoint(at) and self.run.phase != "over":
                    self.run.override(order.kind, order.name, intensity=order.intensity)
        else:
            boxes = option_boxes(len(self.run.offered))
            hit = next((n for n, box in enumerate(boxes) if box.collidepoint(at)), None)
            if hit is not None:
                self.choose(hit)

    def choose(self, number: int) -> None:
        """Take the option with this number, if it is offered."""
        if self.run.phase == "choosing" and 0 <= number < len(self.run.offered):
            self.run.choose(self.run.offered[number])
            self.picked, self.typed, self.notice = 0, "", ""

    def say(self) -> None:
        """Say what was typed."""
        if self.run.phase == "choosing":
            meant = self.run.say(self.typed)
            self.notice = "" if meant.clear else "He did not understand that. Say it in other words, or choose."
            self.picked, self.typed = 0, ""

    def follow_script(self) -> None:
        """Let the script choose, after a while in which the options can be read."""
        from expressive.simulation.play import THINKING_S, answer

        if self.script and self.run.phase == "choosing" and self.run.time_s - self.run.opened_s >= THINKING_S:
            answer(self.run, self.script.pop(0) if len(self.script) > 1 else self.script[0])

    # ---- what they see -------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the whole picture."""
        import pygame

        from demos.roadside import instructor, screen

        if not self.begun:
            screen.draw_briefing(self.screen, self.run)
            return
        self.car.draw(self.screen, self.sprite.image)
        screen.draw_side(self.screen, self.run, self.picked, with_meters=self.with_meters)
        if self.run.phase == "over":
            screen.draw_end(self.screen, self.run, self.report)
        else:
            screen.draw_caption(self.screen, self.run)
            screen.draw_choice(self.screen, self.run, self.picked, self.typed, self.notice)
        if self.instructing:
            instructor.draw(self.screen, self.orders, pygame.mouse.get_pos())

    def write_report(self) -> None:
        """Write report and log; where the packages for the report are missing, say so and keep the log."""
        from expressive.core.errors import MissingDependency
        from expressive.simulation.log import run_log, write_log
        from expressive.simulation.report import write_report

        self.report = (self.options.out / "traffic_stop_report.html").resolve()
        write_log(self.run, self.options.out / "traffic_stop_log.json")
        try:
            write_report(self.scenario, run_log(self.run), self.report, folder=self.folder)
        except MissingDependency as error:
            print(error)


if __name__ == "__main__":
    main()
