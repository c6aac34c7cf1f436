"""Procedural skin: albedo, gloss, pores and wrinkle heights painted in texture space around the landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter

from expressive.training.rig.assets import FloatArray

__all__ = ["SIZE", "WRINKLE_LAYERS", "SkinOptions", "SkinTextures", "beard_mask", "fractal_noise", "paint_skin"]

SIZE = 1024
"""edge of every texture in pixels"""

WRINKLE_LAYERS = ("forehead", "glabella", "crow_left", "crow_right", "fold_left", "fold_right", "nose", "chin")


@dataclass(frozen=True)
class SkinOptions:
    """How a character's skin looks; colours are sRGB in [0, 1]."""

    tone: tuple[float, float, float] = (0.80, 0.61, 0.52)
    """base colour"""
    lip: tuple[float, float, float] = (0.70, 0.38, 0.36)
    """lip colour"""
    brow: tuple[float, float, float] = (0.14, 0.09, 0.07)
    """brow colour, painted softly under the brow hairs"""
    blush: float = 0.5
    """redness of cheeks, nose and chin [0, 1]"""
    freckles: float = 0.0
    """strength of freckles [0, 1]"""
    stubble: float = 0.0
    """strength of a shaven beard's shadow [0, 1]"""
    makeup: float = 0.0
    """strength of eye shadow [0, 1]"""
    age: float = 0.0
    """mottling, darker under the eyes [0, 1]"""
    brow_width: float = 1.0
    """thickness of the painted brow"""
    lines: dict[str, float] = field(default_factory=dict)
    """resting strength of wrinkle layers, by name"""


@dataclass(frozen=True)
class SkinTextures:
    """Painted maps, row 0 at v = 0 (upload order)."""

    albedo: npt.NDArray[np.uint8]
    """(SIZE, SIZE, 3) sRGB"""
    surface: npt.NDArray[np.uint8]
    """(SIZE, SIZE, 3): roughness, height, gloss"""
    wrinkles: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
    """two (SIZE, SIZE, 4) maps of groove depth, layers 0-3 and 4-7"""


def fractal_noise(n: int, octaves: int, *, seed: int, base: int = 4, persistence: float = 0.5) -> FloatArray:
    """Smooth noise (n, n) in about [0, 1], a sum of octaves from ``base`` cells upwards."""
    rng = np.random.default_rng(seed)
    out = np.zeros((n, n), np.float32)
    amplitude, total = 1.0, 0.0
    for octave in range(octaves):
        cells = base * 2**octave
        if cells > n:
            break
        grid = Image.fromarray(rng.random((cells, cells)).astype(np.float32))
        out += amplitude * np.asarray(grid.resize((n, n), Image.Resampling.BICUBIC))
        total += amplitude
        amplitude *= persistence
    return out / np.float32(total)


class _Canvas:
    """Texture space with row 0 at the top, and the landmarks in its pixels."""

    def __init__(self, landmarks_uv: FloatArray) -> None:
        self.lm = np.stack([landmarks_uv[:, 0], 1.0 - landmarks_uv[:, 1]], 1) * SIZE
        self.y, self.x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)

    def blob(self, centre: npt.ArrayLike, sx: float, sy: float) -> FloatArray:
        cx, cy = np.asarray(centre, np.float32)
        out: FloatArray = np.exp(-(((self.x - cx) / (sx * SIZE)) ** 2) - ((self.y - cy) / (sy * SIZE)) ** 2)
        return out

    def polygon(self, points: FloatArray, blur: float) -> FloatArray:
        mask = Image.new("L", (SIZE, SIZE), 0)
        ImageDraw.Draw(mask).polygon([(float(a), float(b)) for a, b in points], fill=255)
        out: FloatArray = (np.asarray(mask.filter(ImageFilter.GaussianBlur(blur)), np.float32) / 255).astype(np.float32)
        return out

    def line(self, points: Sequence[npt.ArrayLike], width: float, blur: float, taper: bool = True) -> FloatArray:
        """A soft groove along a smooth curve through points, thinner at its ends."""
        p = np.asarray([np.asarray(q, np.float32) for q in points])
        t = np.linspace(0, 1, len(p))
        s = np.linspace(0, 1, 60)
        degree = min(len(p) - 1, 3)
        curve = np.stack([np.polyval(np.polyfit(t, p[:, k], degree), s) for k in range(2)], 1)
        mask = Image.new("L", (SIZE, SIZE), 0)
        draw = ImageDraw.Draw(mask)
        for k, (x, y) in enumerate(curve):
            r = width * (np.sin(np.pi * (0.08 + 0.84 * s[k])) if taper else 1.0)
            draw.ellipse([x - r, y - r, x + r, y + r], fill=255)
        out: FloatArray = (np.asarray(mask.filter(ImageFilter.GaussianBlur(blur)), np.float32) / 255).astype(np.float32)
        return out


def beard_mask(landmarks_uv: FloatArray, *, style: str) -> FloatArray:
    """Where facial hair grows (SIZE, SIZE) in [0, 1], row 0 at the top.

    Parameters
    ----------
    landmarks_uv : FloatArray [shape=(68, 2)]
        texture coordinates of the landmarks
    style : {"full", "goatee", "moustache"}
        which part of the face

    Returns
    -------
    FloatArray [shape=(SIZE, SIZE), range=[0, 1]]
        density
    """
    c = _Canvas(landmarks_uv)
    lm = c.lm
    chin = c.blob(lm[8] * 0.55 + lm[57] * 0.45, 0.075, 0.075)
    rise = (lm[33, 1] - lm[51, 1]) * 0.42
    arc = [lm[48] + np.array([-9.0, 2.0]), lm[49] + np.array([-3.0, rise]), lm[51] + np.array([0, rise]),
           lm[53] + np.array([3.0, rise]), lm[54] + np.array([9.0, 2.0])]  # fmt: skip
    moustache = np.clip(1.3 * c.line(arc, 15.0, 6.0, taper=False), 0, 1)
    sides = c.blob(lm[48] + np.array([-8.0, 14.0]), 0.022, 0.05) + c.blob(lm[54] + np.array([8.0, 14.0]), 0.022, 0.05)
    mask = moustache if style == "moustache" else chin + moustache + 0.8 * sides
    if style == "full":
        for k, weight in (
            (3, 1.0),
            (4, 1.0),
            (5, 1.0),
            (6, 1.0),
            (7, 1.0),
            (9, 1.0),
            (10, 1.0),
            (11, 1.0),
            (12, 1.0),
            (13, 1.0),
        ):
            inward = lm[k] * 0.86 + lm[57] * 0.14
            mask = mask + weight * c.blob(inward, 0.05, 0.05)
        for k in (1, 2, 14, 15):
            mask = mask + 0.8 * c.blob(lm[k] * 0.97 + lm[57] * 0.03, 0.022, 0.04)
    lips = c.polygon(lm[48:60], 4.0)
    out: FloatArray = np.clip(mask, 0, 1) * np.clip(1 - 2.5 * lips, 0, 1)
    return out


def _wrinkle_maps(c: _Canvas) -> list[FloatArray]:
    lm = c.lm
    eye = float(np.linalg.norm(lm[39] - lm[42]))  # distance of the inner corners, the unit of what follows
    layers: list[FloatArray] = []
    top = (lm[19] + lm[24]) / 2
    rows = []
    for k, (up, half, bow) in enumerate(((0.95, 1.35, 0.16), (1.45, 1.55, 0.20), (1.95, 1.45, 0.22), (2.4, 1.1, 0.2))):
        xs = np.linspace(-half, half, 7)
        wave = 0.05 * np.sin(xs * 3 + k * 1.7)
        ys = top[1] - eye * (up + bow * (np.abs(xs / half) ** 2 - 0.5) * -1.0 + wave)
        rows.append(c.line(list(np.stack([top[0] + xs * eye, ys], 1)), 2.6, 2.2) * (1.0 if k < 3 else 0.6))
    layers.append(np.maximum.reduce(rows))
    mid = (lm[21] + lm[22]) / 2
    bars = []
    for sign in (-1.0, 1.0):
        x = mid[0] + sign * eye * 0.20
        bars.append(
            c.line([(x - sign * 4, mid[1] + eye * 0.34), (x, mid[1]), (x + sign * 3, mid[1] - eye * 0.30)], 3.2, 3.4)
        )
    bars.append(
        0.6
        * c.line(
            [
                (mid[0] - eye * 0.22, mid[1] + eye * 0.52),
                (mid[0], mid[1] + eye * 0.56),
                (mid[0] + eye * 0.22, mid[1] + eye * 0.52),
            ],
            2.6,
            2.2,
        )
    )
    layers.append(np.maximum.reduce(bars))
    for corner, inner in ((lm[45], lm[42]), (lm[36], lm[39])):
        sign = 1.0 if corner[0] > inner[0] else -1.0
        rays = []
        for angle, length in ((-30, 0.40), (-6, 0.48), (18, 0.44), (40, 0.34)):
            a = np.radians(angle)
            p = [
                corner + np.array([sign * np.cos(a), np.sin(a)]) * eye * r
                for r in (0.24, 0.24 + length / 2, 0.24 + length)
            ]
            p[1] = p[1] + np.array([0, 2.0])
            rays.append(0.65 * c.line(p, 1.9, 2.4))
        bag = c.line(
            [
                inner + np.array([sign * eye * 0.12, eye * 0.26]),
                (inner + corner) / 2 + np.array([0, eye * 0.46]),
                corner + np.array([-sign * eye * 0.1, eye * 0.34]),
            ],
            2.4,
            3.6,
        )
        layers.append(np.maximum.reduce([*rays, 0.7 * bag]))
    for nostril, mouth in ((lm[35], lm[54]), (lm[31], lm[48])):
        sign = 1.0 if mouth[0] > lm[33][0] else -1.0
        start = nostril + np.array([sign * eye * 0.16, -eye * 0.20])
        end = mouth + np.array([sign * eye * 0.17, eye * 0.10])
        bend = (start + end) / 2 + np.array([sign * eye * 0.07, -eye * 0.05])
        layers.append(0.9 * c.line([start, bend, end], 3.4, 4.2))
    bridge = []
    for k, drop in enumerate((0.1, 0.32, 0.54)):
        y = lm[27][1] + (lm[30][1] - lm[27][1]) * drop
        w = eye * (0.22 + 0.06 * k)
        bridge.append(c.line([(lm[27][0] - w, y - 5), (lm[27][0], y + 3), (lm[27][0] + w, y - 5)], 2.0, 1.8))
    layers.append(np.maximum.reduce(bridge))
    chin = lm[8] * 0.45 + lm[57] * 0.55
    crease = c.line([chin + np.array([-eye * 0.5, 4.0]), chin, chin + np.array([eye * 0.5, 4.0])], 3.2, 3.0)
    pebbles = np.clip(fractal_noise(SIZE, 2, seed=77, base=96) * 3 - 1.3, 0, 1) * c.blob(
        chin + np.array([0, eye * 0.35]), 0.045, 0.03
    )
    layers.append(np.clip(np.maximum(crease, 0.6 * pebbles), 0, 1))
    return layers


def paint_skin(landmarks_uv: FloatArray, options: SkinOptions, *, seed: int) -> SkinTextures:
    """Paint one character's skin.

    Parameters
    ----------
    landmarks_uv : FloatArray [shape=(68, 2)]
        texture coordinates of the landmarks
    options : SkinOptions
        how it looks
    seed : int
        seed of pores, mottling and freckles

    Returns
    -------
    SkinTextures
        maps ready for upload
    """
    c = _Canvas(landmarks_uv)
    lm = c.lm
    rng = np.random.default_rng(seed)
    tone = np.array(options.tone, np.float32)
    light = float(tone.mean())
    broad = fractal_noise(SIZE, 6, seed=seed, base=4, persistence=0.6) - 0.5
    fine = fractal_noise(SIZE, 8, seed=seed + 1, base=32, persistence=0.75) - 0.5
    grain = rng.standard_normal((SIZE, SIZE)).astype(np.float32)
    image = np.ones((SIZE, SIZE, 3), np.float32) * tone
    image *= 1 + broad[..., None] * np.array([0.10, 0.15, 0.16]) + fine[..., None] * np.array([0.09, 0.13, 0.14])
    image *= 1 + options.age * (fractal_noise(SIZE, 4, seed=seed + 5, base=24) - 0.5)[..., None] * np.array(
        [0.16, 0.26, 0.28]
    )
    # redness of cheeks, nose, ears and chin: stronger on light skin
    red = np.zeros((SIZE, SIZE), np.float32)
    for lid, jaw in ((lm[41], lm[4]), (lm[46], lm[12])):
        centre = 0.62 * lid + 0.38 * jaw
        centre[1] = 0.55 * lid[1] + 0.45 * lm[48][1]
        red += c.blob(centre, 0.080, 0.060) * 1.6 * options.blush
    red += 0.7 * c.blob(lm[30], 0.05, 0.055) + 0.25 * c.blob(lm[8] * 0.7 + lm[57] * 0.3, 0.06, 0.05)
    image *= 1 - (0.4 + 0.6 * light) * red[..., None] * np.array([0.02, 0.13, 0.11])
    # the sockets are darker
    dark = np.zeros((SIZE, SIZE), np.float32)
    for a, b in ((36, 39), (42, 45)):
        centre = (lm[a] + lm[b]) / 2
        dark += c.blob(centre + np.array([0, 0.014 * SIZE]), 0.060, 0.030) * (0.45 + 0.35 * options.age)
        dark += 0.35 * c.blob(centre + np.array([0, -0.016 * SIZE]), 0.055, 0.02)
    image *= 1 - dark[..., None] * np.array([0.13, 0.19, 0.16])
    lips = c.polygon(lm[48:60], 4.5)
    lip_colour = np.array(options.lip, np.float32) * (1 + 0.22 * fine[..., None])
    image = image * (1 - 0.82 * lips[..., None]) + lip_colour * 0.82 * lips[..., None]
    if options.makeup > 0:
        for a, b in ((36, 39), (42, 45)):
            lid = c.blob((lm[a] + lm[b]) / 2 + np.array([0, -0.013 * SIZE]), 0.055, 0.017) * options.makeup
            image *= 1 - lid[..., None] * np.array([0.30, 0.44, 0.36])
    for a, b in ((36, 42), (42, 48)):  # lash line along the lids
        lid = lm[a:b]
        upper = c.line(list(lid[:4]), 2.4 + options.makeup, 1.4, taper=False)
        lower = c.line([lid[3], lid[4], lid[5], lid[0]], 1.6, 1.4, taper=False)
        image *= 1 - np.clip(0.62 * upper + 0.26 * lower, 0, 0.8)[..., None]
    beard = beard_mask(landmarks_uv, style="full")
    if options.stubble > 0:
        dots = (fractal_noise(SIZE, 1, seed=seed + 9, base=SIZE) > 0.55).astype(np.float32)
        image *= 1 - (options.stubble * beard * (0.40 + 0.40 * dots))[..., None] * np.array([1.0, 0.96, 0.88])
    if options.freckles > 0:
        spots = Image.new("L", (SIZE, SIZE), 0)
        draw = ImageDraw.Draw(spots)
        for _ in range(620):
            x, y, r = (
                rng.normal(lm[30][0], 0.13 * SIZE),
                rng.normal(lm[30][1] - 0.035 * SIZE, 0.055 * SIZE),
                rng.uniform(0.8, 2.8),
            )
            draw.ellipse([x - r, y - r, x + r, y + r], fill=int(rng.uniform(60, 190)))
        mask = np.asarray(spots.filter(ImageFilter.GaussianBlur(1.1)), np.float32) / 255 * options.freckles
        image *= 1 - mask[..., None] * np.array([0.22, 0.40, 0.50])
    # brows: a soft shade under the hairs
    for points in (lm[17:22], lm[22:27]):
        shade = c.line(list(points + np.array([0, 3.0])), 8.5 * options.brow_width, 5.0)
        image = image * (1 - 0.58 * shade[..., None]) + np.array(options.brow) * 0.58 * shade[..., None]
    gloss = (
        0.75
        + 0.45 * c.blob(lm[30], 0.05, 0.07)
        + 0.25 * c.blob((lm[21] + lm[22]) / 2 - np.array([0, 0.1 * SIZE]), 0.18, 0.09)
    )
    gloss = np.clip(gloss * (1 - 0.5 * beard * min(1.0, 3 * options.stubble)) + 0.55 * lips, 0, 1.3) / 1.3
    rough = np.clip(0.56 - 0.16 * lips + 0.1 * fine - 0.06 * c.blob(lm[30], 0.06, 0.1), 0.2, 0.8)
    height = np.clip(0.5 + 0.5 * (0.50 * fine + 0.10 * grain + 0.25 * lips * np.sin(c.x * 0.35)), 0, 1)
    surface = np.stack([rough, height, gloss], -1)
    layers = _wrinkle_maps(c)
    for k in range(len(layers)):
        layers[k] = gaussian_filter(layers[k], 0.8)
    quads = [np.stack(layers[k : k + 4], -1) for k in (0, 4)]

    def upload(a: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
        return np.ascontiguousarray((np.clip(a[::-1], 0, 1) * 255 + 0.5).astype(np.uint8))

    return SkinTextures(upload(image), upload(surface), (upload(quads[0]), upload(quads[1])))
