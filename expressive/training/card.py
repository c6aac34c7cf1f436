"""The model card: what the release is, what it was made from, how it does, what it cannot do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["write_card"]

_HEADER = """---
license: mit
library_name: onnxruntime
pipeline_tag: image-to-image
tags: [face, animation, gan, arkit, emotion, real-time, cpu]
---
"""

_LICENCES = """## Training Data and Licences

Every training frame was rendered by `expressive/training/rig` from a parametric head; no photograph and no real person
was used. The weights are released under the project's MIT licence, with credit for the assets behind the frames:

The head mesh, its identity modes and its expression shapes come from **ICT-FaceKit** (Li et al., *Learning Formation of
Physically-Based Face Attributes*, CVPR 2020); so do the coarse meshes in `geometry.npz`. Hair, brows, lashes and beards
are grown strand by strand, skin, clothes and glasses are procedural; MakeHuman's hair (CC0), tried in earlier research,
is not in its frames.
The notice of ICT-FaceKit:

> MIT License. Copyright (c) 2020 USC Institute for Creative Technologies
>
> Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
> documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
> rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
> persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice
> and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS
> PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
> MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
> HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
> ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


_CAST_DRAWN = "A conditional GAN that draws the faces of Expressive's cast"
_PEOPLE_DRAWN = "A generator that draws whoever has genes, also people whom training never saw"
_FINISHED = "first draft; the network sees it and draws light, wrinkles, soft edges and what else is missing"
_OF_CAST = (
    "- How it draws: a coarse mesh of each character (`geometry.npz`), posed exactly, puts the character's texels "
    "(`pictures.npz`) into a " + _FINISHED
)
_OF_PEOPLE = (
    "- People: any; genes are listed in `docs/face.md`, and a seed below 2³² is nobody of the training set",
    "- How it draws: a mesh whose parts the genes choose and move (`geometry.npz`), posed exactly, puts texels that "
    "are sums of learned pictures, weighed by the genes (`pictures.npz`), into a " + _FINISHED,
)


def _table(rows: dict[str, dict[str, float]], columns: dict[str, str]) -> str:
    head = "| | " + " | ".join(columns.values()) + " |\n|---|" + "---|" * len(columns) + "\n"
    lines = []
    for name, values in rows.items():
        cells = [f"{values[key]:.3f}" if values[key] < 2 else f"{values[key]:.1f}" for key in columns if key in values]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return head + "\n".join(lines) + "\n"


def _by_region(values: dict[str, float]) -> str:
    regions = ("whole", "face", "eyes", "mouth")
    rows = {
        title: {r: float(values[f"{key}_{r}"]) for r in regions}
        for title, key in (("PSNR, dB", "psnr"), ("SSIM", "ssim"), ("sharpness (render = 1)", "sharpness"))
    }
    return _table(rows, {r: r for r in regions})


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _gap(metrics: dict[str, Any]) -> list[str]:
    gap = metrics.get("skin_tone_gap_db")
    if not gap:
        return []
    return ["Best above worst, dB: " + ", ".join(f"{region} {value:.1f}" for region, value in gap.items()) + ".\n"]


def _motion(values: dict[str, Any]) -> list[str]:
    columns = {
        "largest_change": "largest change", "largest_change_of_renders": "of renders", "ratio": "worst ratio",
        "flicker": "flicker", "flicker_of_renders": "of renders",
    }  # fmt: skip
    return [
        "### In motion\n",
        f"{values['sequences']} sequences of 60 frames from rest to one emotion. The largest change from frame to "
        "frame is that of a block of 8² pixels, in grey levels; flicker is the second difference in time where the "
        f"render stands still. In {_percent(values['no_larger'])} of the sequences nothing changes more than in the "
        f"renderer's own; the worst ratio is {values['worst_ratio']:.2f}.\n",
        _table(values["by_identity"], columns),
    ]


def _lips(values: dict[str, Any]) -> list[str]:
    rows = {name: {"closed": share} for name, share in values["by_identity"].items()}
    return [
        "### Lips\n",
        f"At {values['contacts']} contacts of P, B and M in spoken sentences, {_percent(values['closed'])} of the "
        "generated frames show closed lips (nearer to the render than to one whose lips are parted by 3 mm). Of the "
        f"parted ones, {_percent(values['parted'])} are drawn parted.\n",
        _table(rows, {"closed": "share closed"}),
    ]


def _likeness(values: dict[str, Any]) -> list[str]:
    parts = [key for key in values if key.startswith("colour_")]
    return [
        "### Likeness\n",
        f"{_percent(values['nearest_right'])} of the generated frames are nearest to a render of their own character "
        f"({_percent(values['nearest_right_of_renders'])} of the renders are, to others of theirs). What bleeds in "
        f"from others: {_percent(values['bleed'])} of the difference between two people in the mean, "
        f"{_percent(values['bleed_p99'])} in the 99th percentile. Colour difference of each part (ΔE 1976; 2.3 is just "
        "noticeable):\n",
        _table(values["by_identity"], {key: key.removeprefix("colour_") for key in parts}),
    ]


def _expressions(values: dict[str, Any]) -> list[str]:
    anger = values["closed_anger"]
    return [
        "### Expressions as a judge reads them\n",
        "Three small networks that learned expressions from renders of strangers read, together, "
        f"{_percent(values['renders'])} of {values['frames']} renders rightly among 15 emotions and rest "
        f"and {_percent(values['generated'])} of the generated frames of the same controls; among the six, contempt "
        f"and rest, {_percent(values['plain_renders'])} and {_percent(values['plain_generated'])}. Their answers to "
        f"the two agree in {_percent(values['agreement'])}. Anger with a closed mouth is read as anger in "
        f"{_percent(anger['renders'])} of {anger['frames']} renders and {_percent(anger['generated'])} of the "
        "generated frames.\n",
        _table(values["by_emotion"], {"renders": "renders", "generated": "generated"}),
    ]


def _grid(values: dict[str, dict[str, float]]) -> list[str]:
    return [
        "Peaks at the frequencies of the pixel grid (periods of 2, 4 and 8 pixels) above what surrounds them, where "
        "generated frames stand out most:\n",
        _table(values, {"generated_db": "generated, dB", "renders_db": "renders, dB"}),
    ]


_SECTIONS = {"grid": _grid, "motion": _motion, "lips": _lips, "likeness": _likeness, "recogniser": _expressions}


def _bits(config: dict[str, Any]) -> list[str]:
    report = config.get("quantised")
    if not report or not report["layers"]:
        return []
    return [
        f"- Bits: {len(report['layers'])} of {report['candidates']} inner convolutions compute in eight bits, which "
        f"costs {max(0.0, report['loss_db']):.2f} dB of PSNR and takes {report['ms'] / report['ms_before']:.2f} of the "
        "network's time; all figures below are those of this network",
    ]


def write_card(
    path: Path, *, config: dict[str, Any], metrics: dict[str, Any], options: dict[str, Any], notes: dict[str, Any]
) -> None:
    """Write ``MODEL_CARD.md``.

    Parameters
    ----------
    path : Path
        file to write
    config : dict[str, Any]
        the release's ``config.json``
    metrics : dict[str, Any]
        results of ``evaluate``
    options : dict[str, Any]
        training options
    notes : dict[str, Any]
        ``hours``, ``machine``, ``frames``, ``command``, ``latency``, ``twin`` (measures of the paired-only model, and
        its name where it is not the one before adversarial fine-tuning), ``failures`` (list of lines), ``beside``
        (measures of another model, and its name)
    """
    region_columns = {"psnr_face": "PSNR face", "psnr_eyes": "eyes", "psnr_mouth": "mouth", "ssim_face": "SSIM face"}
    test, held = metrics["test"], metrics["held_out_pairs"]
    people = bool(config["generator"].get("traits"))
    text = [
        _HEADER,
        f"# {config['name']} {config['resolution']} v{config['version']}\n",
        f"{_PEOPLE_DRAWN if people else _CAST_DRAWN}: 61 face controls (52 ARKit blendshapes, head and eye angles) and "
        f"{'genes' if people else 'a character'} go in, a {config['resolution']}² RGBA frame with premultiplied alpha "
        "comes out. It runs in ONNX Runtime on one CPU thread.\n",
        "![samples](samples.png)\n",
        "## Model Details\n",
        *(_OF_PEOPLE if people else (f"- Characters: {', '.join(config['identities'])} (all invented)", _OF_CAST)),
        f"- Parameters: {config['parameters'] / 1e6:.2f} million (generator), beside the texels"
        + ("" if people else "; the discriminator is in `weights.safetensors`, for fine-tuning"),
        *_bits(config),
        f"- Channels: {list(config['generator']['channels'])} from 4² upwards, then a pixel shuffle",
        f"- Latency: {notes.get('latency', 'see `expressive bench face`')}",
        f"- Training: {notes.get('hours', '?')} hours on {notes.get('machine', '2 CPU cores')}, "
        f"{notes.get('frames', '?')} frames, seed {options.get('seed', 0)}",
        f"- Command: `{notes.get('command', 'expressive train face')}`\n",
        "## Uses\n",
        "Game and simulation characters, dialogue, training scenarios, subtitles with a face. Mark pictures made with "
        "it as synthetic; Expressive does so in PNG and MP4 metadata. It cannot draw real people and is not meant to "
        "judge anyone's emotions.\n",
        _LICENCES,
        "## Evaluation\n",
        f"On {test['frames']} renders of {len(metrics['by_identity'])} people and controls never trained on:\n"
        if people
        else f"On {test['frames']} renders with controls never trained on:\n",
        _by_region(test),
        f"On {held['frames']} renders of pairs of emotion and viseme that training never saw:\n",
        _by_region(held),
        f"Alpha error in soft edge pixels: {test['alpha_edge_error']:.3f}. Energy at the pixel grid's own period "
        f"(comb): {test['comb']:.4f} of the gradient energy, against {test['comb_of_renders']:.4f} in renders.\n",
    ]
    if beside := notes.get("beside"):
        text += [f"Beside it, {beside['name']}, on its own characters, whom it was trained on:\n", _by_region(beside)]
    if twin := notes.get("twin"):
        name = twin.get("name", "the paired-only twin, before adversarial fine-tuning")
        text += [f"Beside it, {name}:\n", _by_region(twin)]
    text += [
        "### By skin tone\n", _table(metrics["by_skin_tone"], region_columns),
        *_gap(metrics),
        "### By character\n", _table(metrics["by_identity"], region_columns),
        "### By emotion\n", _table(metrics["by_emotion"], region_columns),
    ]  # fmt: skip
    for name, section in _SECTIONS.items():
        if metrics.get(name):
            text += section(metrics[name])
    if "grid" in metrics:
        text += ["![open mouths at four times their size, rendered and generated in turns](mouths.png)\n"]
    text += [
        "## Bias, Risks and Limitations\n",
    ]  # fmt: skip
    text += [f"- {line}" for line in notes.get("failures", ["Not yet reviewed."])]
    text += [
        "- The emotions are prototypical displays after EMFACS; people differ, and cultures differ.",
        "- Invented people do not stand for the groups that they may remind one of.\n",
    ]
    Path(path).write_text("\n".join(text), encoding="utf-8")
