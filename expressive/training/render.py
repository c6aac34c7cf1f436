"""Renders training and test frames into shards, with progress; an interrupted run goes on where it stopped.

A shard is two files: ``<identity>/<split>-<number>.npy`` with frames (n, size, size, 4) uint8, premultiplied, and
``….npz`` with controls (n, 61), landmarks (n, 70, 2), and the emotion, viseme and kind of each draw. Beside them,
``geometry.npz`` holds the meshes of everybody, see ``rig.geometry``.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.face.models import GEOMETRY_FILE
from expressive.training.rig.anybody import build_people
from expressive.training.rig.assets import HeadAsset, load_head
from expressive.training.rig.cast import CAST_FILE, Member, load_cast
from expressive.training.rig.geometry import build_geometry
from expressive.training.rig.people import GENOMES_FILE, UNSEEN, member_of, people
from expressive.training.rig.strangers import strangers as draw_strangers
from expressive.training.rig.toy import toy_head
from expressive.training.sampler import TRAINED, Sample, sample_controls, sample_move
from expressive.training.sequences import JUDGED, MOTION_FRAMES, judged_sample

__all__ = ["SPLITS", "render_frames"]

log = logging.getLogger(__name__)

SPLITS = ("train", "test", "held", "emotion", *JUDGED, "moves")
"""drawn alike; unseen draws; pairs never trained; each emotion by itself; those of ``sequences``; and, to train on too,
faces in pairs, the second a moment after the first"""

_KEPT_RENDERERS = 16
_POSES = 300  # to find out what is ever seen of a mesh
_UNSEEN_FRAMES = {"test": 12, "held": 4, "emotion": 8, "motion": MOTION_FRAMES, "lips": 8, "reading": 4}
_STRANGER_FRAMES = {"emotion": len(EMOTIONS), "reading": 4}


@dataclass(frozen=True)
class _Shard:
    out: str
    assets: str
    identity: str
    order: int
    split: str
    number: int
    first: int
    count: int
    size: int
    seed: int
    cast: int
    strangers: int
    cast_file: str
    genome: tuple[int, int] = (0, 0)

    @property
    def stem(self) -> Path:
        return Path(self.out) / self.identity / f"{self.split}-{self.number:04d}"

    def draw(self, index: int) -> Sample:
        moment, index = (index % 2, index // 2) if self.split == "moves" else (0, index)
        rng = np.random.default_rng([self.seed, SPLITS.index(self.split), self.order, self.number, index])
        if self.split == "moves":
            return sample_move(rng)[moment]
        if self.split == "emotion":
            return sample_controls(rng, plain_emotion=EMOTIONS[(self.first + index) % len(EMOTIONS)])
        if self.split in JUDGED:
            return judged_sample(self.split, rng, order=self.order, cast=self.cast, index=self.first + index)
        return sample_controls(rng, held_out=self.split == "held")


_state: dict[str, Any] = {}


def _renderer(shard: _Shard) -> Any:
    """The process's renderer of an identity: setting one up takes seconds, so they are kept."""
    from expressive.training.rig.renderer import Renderer, open_context

    if "context" not in _state:
        _state["context"] = open_context()
        _state["head"] = toy_head() if shard.assets == "toy" else load_head(Path(shard.assets))
        _state["context"].gc_mode = "auto"  # a renderer that is let go frees what it holds
        known = load_cast(Path(shard.cast_file) if shard.cast_file else None)
        _state["cast"] = known | draw_strangers(shard.strangers) | _members(shard.genome)
        _state["renderers"] = {}
    key = (shard.identity, shard.size)
    if key not in _state["renderers"]:
        if len(_state["renderers"]) >= _KEPT_RENDERERS:
            _state["renderers"].clear()
        head: HeadAsset = _state["head"]
        member: Member = _state["cast"][shard.identity]
        _state["renderers"][key] = Renderer(head, member, size=shard.size, context=_state["context"])
    return _state["renderers"][key]


def _members(genome: tuple[int, int]) -> dict[str, Member]:
    return {name: member_of(genes, name) for name, genes in people(*genome).items()}


def _render_shard(shard: _Shard) -> int:
    renderer = _renderer(shard)
    frames = np.empty((shard.count, shard.size, shard.size, 4), np.uint8)
    landmarks = np.empty((shard.count, 70, 2), np.float32)
    samples = [shard.draw(index) for index in range(shard.count)]
    for index, sample in enumerate(samples):
        frame = renderer.render(sample.controls)
        frames[index], landmarks[index] = frame.rgba, frame.landmarks
    stem = shard.stem
    stem.parent.mkdir(parents=True, exist_ok=True)
    labels = stem.with_suffix(".npz")
    partial = stem.with_name(stem.name + ".part.npz")
    np.save(stem.with_suffix(".npy"), frames)
    np.savez(
        partial,
        controls=np.stack([s.controls for s in samples]),
        landmarks=landmarks,
        emotion=np.array([s.emotion for s in samples]),
        viseme=np.array([s.viseme for s in samples]),
        kind=np.array([s.kind for s in samples]),
    )
    partial.replace(labels)  # the labels appear last: a shard is whole when they are there
    return shard.count


def _plan_people(  # noqa: PLR0917 - the arguments of render_frames
    out: Path, assets: Path | str, genome: tuple[int, int], frames: int, moves: int, size: int, seed: int
) -> list[_Shard]:
    """One person after another, those who judge first; between them they show every emotion."""
    plan, names = [], list(people(*genome))
    for order, name in enumerate(names):
        counts = _UNSEEN_FRAMES if order < genome[1] else {"train": frames, "moves": 2 * moves}
        for split, count in counts.items():
            if not count:
                continue
            first = order * count if split == "emotion" else 0
            plan.append(
                _Shard(
                    str(out), str(assets), name, order, split, 0, first, count, size, seed, len(names), 0, "", genome
                )
            )
    return plan


def _plan(  # noqa: PLR0917 - the arguments of render_frames
    out: Path,
    assets: Path | str,
    identities: Sequence[str],
    known: Sequence[str],
    counts: dict[str, int],
    shard: int,
    size: int,
    seed: int,
    strangers: int,
    cast_file: str,
) -> list[_Shard]:
    plan = []
    for split, count in counts.items():
        size_of = shard + shard % 2 if split == "moves" else shard  # no pair is torn apart
        for number, first in enumerate(range(0, count, size_of)):
            for identity in identities:
                plan.append(
                    _Shard(
                        str(out), str(assets), identity, known.index(identity), split, number, first,
                        min(size_of, count - first), size, seed, len(known), strangers, cast_file,
                    )
                )  # fmt: skip
    if strangers:  # one after another: nobody is set up twice
        return sorted(plan, key=lambda s: s.order)
    # the first training shard of everybody, then the tests, then the rest: any early stop leaves a balanced set
    return sorted(plan, key=lambda s: (s.split in TRAINED and s.number > 0, s.number if s.split in TRAINED else 0))


def render_frames(
    *,
    assets: Path | str,
    out: Path,
    frames: int = 1000,
    moves: int = 60,
    test_frames: int = 40,
    held_frames: int = 32,
    emotion_frames: int = 30,
    motion_sequences: int = 2,
    lip_frames: int = 24,
    reading_frames: int = 12,
    strangers: int = 0,
    genome: int = 0,
    unseen: int = UNSEEN,
    cast: Path | None = None,
    identities: Sequence[str] | None = None,
    size: int = 256,
    shard_size: int = 40,
    seed: int = 1,
    workers: int = 1,
    progress: bool = True,
) -> int:
    """Render the frames of a training set.

    Parameters
    ----------
    assets : Path | str
        folder of the head model, or ``"toy"`` for the made-up head
    out : Path
        folder of the shards
    frames, test_frames, held_frames, emotion_frames : int
        frames of each identity in each split
    moves : int
        pairs of frames of each identity, a moment apart
    motion_sequences : int
        sequences of ``MOTION_FRAMES`` frames of each identity; two of eight characters show every emotion
    lip_frames, reading_frames : int
        frames of each identity in these splits, see ``sequences``
    strangers : int
        in place of the cast, so many people outside it, with a frame of each emotion and a few more: what the judge of
        expressions learns from
    genome : int
        in place of the cast, so many people of random genes, each with ``frames`` frames and ``moves`` pairs: what a
        model learns from that can draw anybody
    unseen : int
        beside those, so many others to judge that model by
    cast : Path | None
        a file like ``cast.yaml``; the shipped cast where absent; a copy is kept with the frames
    identities : Sequence[str] | None
        cast members; all where absent
    size : int [unit=pixels]
        edge of the frames
    shard_size : int
        frames in a shard
    seed : int
        seed of the draws
    workers : int
        processes
    progress : bool
        show a progress bar

    Returns
    -------
    int
        frames rendered now; those found on disk are not rendered again

    Raises
    ------
    ParameterError
        If a number is too small, or the head model is missing.
    UnknownNameError
        If an identity is not in the cast.
    """
    crowd = people(genome, unseen) if genome else {}
    known = list(crowd) if genome else list(draw_strangers(strangers)) if strangers else list(load_cast(cast))
    chosen = list(identities) if identities is not None else known
    for name in chosen:
        if name not in known:
            raise UnknownNameError("identity", name, known)
    if min(frames, shard_size, workers) < 1:
        raise ParameterError(f"frames={frames}, shard_size={shard_size}, workers={workers} must be at least 1")
    head = toy_head() if assets == "toy" else load_head(Path(assets))
    counts = {
        "train": frames, "test": test_frames, "held": held_frames, "emotion": emotion_frames,
        "motion": motion_sequences * MOTION_FRAMES, "lips": lip_frames, "reading": reading_frames,
        "moves": 2 * moves,
    }  # fmt: skip
    if strangers:
        counts = dict(_STRANGER_FRAMES)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if cast is not None and Path(cast).resolve() != (out / CAST_FILE).resolve():
        shutil.copyfile(cast, out / CAST_FILE)
    if genome:
        plan = _plan_people(out, assets, (genome, unseen), frames, moves, size, seed)
        genes = {name: person.to_mapping() for name, person in crowd.items()}
        (out / GENOMES_FILE).write_text(json.dumps(genes, indent=1) + "\n", encoding="utf-8")
    else:
        plan = _plan(out, assets, chosen, known, counts, shard_size, size, seed, strangers, str(cast or ""))
    info = {"identities": chosen, "size": size, "seed": seed, "frames": counts}
    (out / "frames.json").write_text(json.dumps(info, indent=1), encoding="utf-8")
    if not strangers and not (out / GEOMETRY_FILE).is_file():  # strangers are looked at, never learned
        rng = np.random.default_rng([seed, len(SPLITS)])
        poses = np.stack([sample_controls(rng).controls for _ in range(_POSES)])
        if genome:
            build_people(head, poses).save(out / GEOMETRY_FILE)
        else:
            members = load_cast(cast)
            build_geometry(head, {name: members[name] for name in chosen}, poses).save(out / GEOMETRY_FILE)
    todo = [shard for shard in plan if not shard.stem.with_suffix(".npz").is_file()]
    log.info("%d of %d shards to render", len(todo), len(plan))
    from tqdm import tqdm

    done = 0
    with tqdm(total=sum(s.count for s in todo), unit="frame", disable=not progress) as bar:
        if workers == 1:
            for shard in todo:
                done += _render_shard(shard)
                bar.update(shard.count)
            _state.clear()
            return done
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            for future in as_completed([pool.submit(_render_shard, shard) for shard in todo]):
                count = future.result()
                done += count
                bar.update(count)
    return done
