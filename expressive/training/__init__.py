"""Training: the only room that needs torch (``pip install "expressive[train]"``).

From the head model to a release, in the order of use; every function takes keyword arguments only.

- ``rig.assets.build_assets(ict: Path, out: Path) -> Path``
  packs a checkout of ICT-FaceKit into the head model's archive  (``expressive train assets --ict DIR -o DIR``)
- ``render.render_frames(assets: Path | "toy", out: Path, frames=1000, test_frames=40, held_frames=32,
  emotion_frames=30, motion_sequences=2, lip_frames=24, reading_frames=12, strangers=0, cast=None, identities=None,
  size=256, shard_size=40, seed=1, workers=1, progress=True) -> int``
  renders labelled frames of the cast, or of strangers; goes on where it stopped  (``expressive train render``)
- ``pictures.import_pictures(source: Path, out: Path, size=256, identity="own") -> int``
  turns a user's own labelled pictures into such frames  (``expressive train pictures``)
- ``loop.train(frames: Path, run: Path, options: TrainOptions | None = None, init: Path | None = None, dry_run=False,
  progress=True) -> Path``
  trains, or goes on training, into a run folder; ``options.TrainOptions`` is a frozen dataclass of plain values with a
  documented attribute each, from which the command line is made  (``expressive train face``)
- ``release.export_run(run: Path, out: Path, name="face-cast", version="0.1.0", frames: Path | None = None,
  strangers: Path | None = None) -> Path``
  writes a release folder from a run: ONNX, safetensors, config, options; with ``frames`` also metrics, samples and card
  (``expressive train export``)
- ``metrics.evaluate(frames: Path, model: Path, out: Path | None = None, strangers: Path | None = None, limit=0)
  -> dict``
  measures a release on frames never trained on  (``expressive evaluate face``)

The folder ``rig`` draws the frames; ``sampler`` decides which, and ``sequences`` those that are only judged. ``data``
opens them for the networks, ``generator`` and ``discriminator``. ``fitting`` collects the first pictures, ``trainer``
takes a step by ``losses``, ``muon`` and what a ``reader`` sees in ``crops``, and ``loop`` repeats it, in many processes
with ``distributed``, leaving ``checkpoint`` and ``run_folder`` to keep what came of it. ``pairs`` lays generated frames
beside renders, for ``pixels``, ``spectrum``, ``resemblance``, ``steadiness``, ``closures`` and ``recogniser`` to
measure; ``metrics``, ``mouths``, ``export``, ``card`` and ``release`` write the result down.
"""

from __future__ import annotations
