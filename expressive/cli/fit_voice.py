"""``expressive fit-voice``: a person's way of sounding angry, glad, sad, as part of a character."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["fit_voice"]


@click.command("fit-voice")
@click.argument("recordings", type=click.Path(path_type=Path, file_okay=False))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The profile, a .yaml.")
@click.option("--speaker", help="Only this speaker of an EmoDB folder.")
def fit_voice(recordings: Path, out: Path, speaker: str | None) -> None:
    """Measure how each emotion differs from neutral in a person's recordings, and write a voice profile.

    The folder has one folder for each emotion (anger/take1.wav, neutral/…), or files named as in EmoDB. Ask the person
    first: a voice is personal data.

    \b
    Example:
      expressive fit-voice recordings/ -o profile.yaml
    """
    from tqdm import tqdm

    from expressive.voice.fit import fit_voice as fit
    from expressive.voice.fit import read_recordings, write_profile

    with tqdm(desc="measuring", unit="file", disable=None, leave=False) as bar:

        def to(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = read_recordings(recordings, speaker=speaker, progress=to)
    write_profile(fit(found), out)
    click.echo(f"wrote {out} from {len(found)} recordings")
