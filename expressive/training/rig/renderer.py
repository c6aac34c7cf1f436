"""Draws one character: supersampled premultiplied RGBA with exact labels, on a GPU or in software through EGL."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import MissingDependency, ParameterError
from expressive.training.rig.assets import FloatArray, HeadAsset
from expressive.training.rig.camera import CAMERA_POSITION, camera_matrix, look_at, orthographic, project
from expressive.training.rig.cast import Member
from expressive.training.rig.cloth import Solid, earrings, garment, glasses
from expressive.training.rig.facial_hair import beard, brows, lashes
from expressive.training.rig.hair import head_hair, scalp_mask
from expressive.training.rig.head import PIVOT, HeadRig, Posed, covered_triangles, neck_weight, smoothstep, turn_head
from expressive.training.rig.occlusion import ambient_occlusion
from expressive.training.rig.people import Carried
from expressive.training.rig.skin import WRINKLE_LAYERS, paint_skin
from expressive.training.rig.strands import BoundStrands, Strands, ribbon_indices, ribbon_vertices

if TYPE_CHECKING:
    import moderngl

__all__ = ["Frame", "Renderer", "open_context"]

_SAMPLES = 4
_LINEAR, _LINEAR_MIPMAP_NEAREST = 0x2601, 0x2701
_KEEP_ALPHA = (1, 0x0303)  # one, one minus source alpha
_SHADOW_SIZE = 1024
_KEY = np.array([-0.52, 0.66, 0.95], np.float32)
_LIGHTS = (  # direction, colour: key, fill, two rims
    (_KEY, (1.62, 1.50, 1.38)),
    (np.array([0.9, 0.10, 0.75], np.float32), (0.50, 0.53, 0.60)),
    (np.array([0.75, 0.45, -0.80], np.float32), (0.62, 0.70, 0.86)),
    (np.array([-0.85, 0.35, -0.70], np.float32), (0.42, 0.40, 0.40)),
)
_MESH_FORMAT = "3f 3f 2f 4f 1f"
_MESH_NAMES = ("in_position", "in_normal", "in_uv", "in_aux", "in_follow")
_STRAND_FORMAT = "3f 3f 3f 4f 1f"
_STRAND_NAMES = ("in_position", "in_tangent", "in_normal", "in_strand", "in_follow")


@dataclass(frozen=True)
class Frame:
    """One picture with its labels."""

    rgba: npt.NDArray[np.uint8]
    """(size, size, 4), premultiplied"""
    landmarks: FloatArray
    """pixel positions x, y (70, 2): the 68 of iBUG, then the right and the left pupil"""


def open_context() -> moderngl.Context:
    """Open a windowless OpenGL context, in software where there is no GPU.

    Raises
    ------
    MissingDependency
        If moderngl or an EGL driver is missing.
    """
    os.environ.setdefault("LP_NUM_THREADS", "1")
    try:
        import moderngl
    except ImportError as error:
        raise MissingDependency("moderngl", extra="train") from error
    try:
        return moderngl.create_standalone_context(require=400, backend="egl")  # type: ignore[arg-type]
    except Exception as error:  # the loader raises plain Exception of several kinds
        raise MissingDependency("an EGL driver (on Debian: libegl1 libgl1-mesa-dri)") from error


def _linear(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    r, g, b = (float(x) ** 2.2 for x in colour)
    return r, g, b


class Renderer:
    """Renders one cast member.

    Parameters
    ----------
    asset : HeadAsset
        the head model
    member : Member
        who to draw
    size : int
        edge of the returned picture in pixels
    supersample : int
        pixels rendered per returned pixel and axis, on top of four coverage samples
    context : moderngl.Context | None
        a shared OpenGL context
    """

    def __init__(
        self,
        asset: HeadAsset,
        member: Member,
        *,
        size: int = 256,
        supersample: int = 2,
        context: moderngl.Context | None = None,
    ) -> None:
        if size < 16 or supersample < 1:
            raise ParameterError(f"size={size}, supersample={supersample} must be at least 16 and 1")
        self.member, self.size, self._super = member, size, supersample
        self._asset = asset
        self._rig = HeadRig(asset, member.identity, member.sculpt)
        self._ctx = context or open_context()
        self._camera = camera_matrix()
        key = _KEY / np.linalg.norm(_KEY)
        self._light = orthographic(19.0, 10.0, 90.0) @ look_at(
            (key * 50).astype(np.float32), np.array([0, -1, 1], np.float32)
        )
        self._programs: dict[tuple[str, str], Any] = {}
        self._targets()
        self._textures()
        self._mesh()
        self._hair()
        self._solids()

    # ---- setting up --------------------------------------------------------------------------------------------

    def _program(self, vertex: str, fragment: str) -> Any:
        key = (vertex, fragment)
        if key not in self._programs:
            folder = files("expressive.training.rig") / "shaders"

            def read(name: str) -> str:
                return (folder / name).read_text(encoding="utf-8")

            light = "" if fragment == "shadow.frag" else read("light.glsl")
            self._programs[key] = self._ctx.program(
                vertex_shader="#version 400\n" + read("pose.glsl") + read("film.glsl") + read(vertex),
                fragment_shader="#version 400\n" + read("film.glsl") + light + read(fragment),
            )
        return self._programs[key]

    def _array(self, program: Any, buffer: Any, layout: str, names: tuple[str, ...], index: Any) -> Any:
        used, present = [], []
        for part, name in zip(layout.split(), names, strict=True):
            if name in program:
                used.append(part)
                present.append(name)
            else:
                used.append(f"{4 * int(part[0])}x")
        return self._ctx.vertex_array(program, [(buffer, " ".join(used), *present)], index)

    def _targets(self) -> None:
        c, n = self._ctx, self.size * self._super
        shape = (n, n)
        self._target = c.framebuffer(
            [c.renderbuffer(shape, 4, samples=_SAMPLES)], c.depth_renderbuffer(shape, samples=_SAMPLES)
        )
        self._resolved = c.framebuffer([c.renderbuffer(shape, 4)])
        self._shadow = c.depth_texture((_SHADOW_SIZE, _SHADOW_SIZE))
        self._shadow.compare_func = "<="
        self._shadow_target = c.framebuffer(depth_attachment=self._shadow)

    def _textures(self) -> None:
        uv = self._asset.vertex_uv()[self._asset.landmarks]
        skin = paint_skin(uv, self.member.skin, seed=self.member.seed)
        maps = (skin.albedo, skin.surface, *skin.wrinkles)
        self._maps = []
        for image in maps:
            texture = self._ctx.texture((image.shape[1], image.shape[0]), image.shape[2], image.tobytes())
            texture.build_mipmaps()
            texture.filter = (_LINEAR_MIPMAP_NEAREST, _LINEAR)
            self._maps.append(texture)
        lines = self.member.skin.lines
        self._lines = np.array([lines.get(name, 0.0) for name in WRINKLE_LAYERS], np.float32)

    def _mesh(self) -> None:
        a, rig, ctx = self._asset, self._rig, self._ctx
        corners = np.stack([a.triangles.ravel(), a.uv_triangles.ravel()], 1)
        key, inverse = np.unique(corners, axis=0, return_inverse=True)
        split = inverse.reshape(-1, 3).astype(np.int32)
        self._split = key[:, 0]
        v = rig.base
        self._covered = covered_triangles(a, closed=self.member.transplanted)
        aux = np.zeros((len(v), 4), np.float32)
        skin = ("M_Face", "M_BackHead")
        occlusion = ambient_occlusion(ctx, v, rig.normals(v), a.triangles[a.triangles_of(*skin)])
        inner = ambient_occlusion(
            ctx, v, rig.normals(v), a.triangles[a.triangles_of("M_Teeth", "M_GumsTongue")], radius=8.0
        )
        self._scalp = (
            scalp_mask(a, self.member.hair.hairline) if self.member.hair.count else np.zeros(len(v), np.float32)
        )
        aux[:, 0], aux[:, 1] = np.where(a.inner > 0, 0.6, occlusion), 1.0 - 0.97 * a.inner
        aux[:, 2], aux[:, 3] = self._scalp, rig.border_blend()
        for name, is_teeth in (("M_Teeth", 1.0), ("M_GumsTongue", 0.0)):
            if name in a.material_names:
                index = a.vertices_of(name)
                aux[index, 0], aux[index, 2] = inner[index], is_teeth
                aux[index, 3] = rig._tongue[index]
        for index, centre in rig.eyes:
            offset = v[index] - centre
            aux[index, :3] = offset / np.maximum(np.linalg.norm(offset, axis=1, keepdims=True), 1e-6)
        self._aux = aux
        if "M_EyeOcclusion" in a.material_names:
            index = a.vertices_of("M_EyeOcclusion")
            self._aux[index, 0] = np.clip(1 - a.vertex_uv()[index, 1], 0, 1)
        self._follow = neck_weight(v)
        self._interleaved = np.zeros((len(key), 13), np.float32)
        self._interleaved[:, 6:8] = a.uv[key[:, 1]]
        self._interleaved[:, 12] = self._follow[self._split]
        self._buffer = ctx.buffer(reserve=self._interleaved.nbytes)
        self._parts, self._casters = [], []
        for materials, fragment in (
            (skin, "skin.frag"),
            (("M_Teeth", "M_GumsTongue"), "mouth.frag"),
            (("M_ScleraLeft", "M_ScleraRight"), "eye.frag"),
            (("M_EyeOcclusion",), "occlusion.frag"),
        ):
            chosen = a.triangles_of(*materials) & ~self._covered
            if not chosen.any():
                continue
            index_buffer = ctx.buffer(split[chosen].tobytes())
            program = self._program("mesh.vert", fragment)
            self._parts.append((fragment, self._array(program, self._buffer, _MESH_FORMAT, _MESH_NAMES, index_buffer)))
            if fragment == "skin.frag":
                self._casters.append(
                    self._array(
                        self._program("mesh.vert", "shadow.frag"), self._buffer, _MESH_FORMAT, _MESH_NAMES, index_buffer
                    )
                )

    def _strand_arrays(self, count: int, steps: int, data: bytes | None, casts: bool) -> tuple[Any, Any, Any]:
        ctx = self._ctx
        size = count * steps * 2 * 14 * 4
        buffer = ctx.buffer(data) if data is not None else ctx.buffer(reserve=size)
        index = ribbon_indices(count, steps)
        array = self._array(
            self._program("strand.vert", "strand.frag"),
            buffer,
            _STRAND_FORMAT,
            _STRAND_NAMES,
            ctx.buffer(index.tobytes()),
        )
        caster = None
        if casts:
            few = index.reshape(count, -1, 3)[::4].reshape(-1, 3)
            caster = self._array(
                self._program("strand.vert", "shadow.frag"),
                buffer,
                _STRAND_FORMAT,
                _STRAND_NAMES,
                ctx.buffer(np.ascontiguousarray(few).tobytes()),
            )
        return buffer, array, caster

    def _hair(self) -> None:
        m, rig = self.member, self._rig
        grown = rig.mean if m.transplanted else rig
        self._static: list[tuple[Any, Any, tuple[float, float, float]]] = []
        if m.hair.count:
            s: Strands = head_hair(grown, m.hair, seed=m.seed)
            if m.transplanted:
                s = replace(s, points=Carried(s.points, grown).on(rig))
            data = ribbon_vertices(s.points, s.normals, s.width, s.shade).tobytes()
            _, array, caster = self._strand_arrays(len(s.width), s.points.shape[1], data, True)
            self._static.append((array, caster, m.hair_colour))
        self._moving: list[tuple[BoundStrands, Any, Any, tuple[float, float, float], float]] = []
        bound: list[tuple[BoundStrands | None, tuple[float, float, float], float]] = [
            (brows(grown, thickness=m.brow_thickness, count=m.brow_count, seed=m.seed + 1), m.brow_colour, 0.25),
            (lashes(grown, per_strip=m.lash_count, length=m.lash_length, seed=m.seed + 2), (0.05, 0.04, 0.04), 0.1),
        ]
        if m.beard_style:
            hair = beard(
                grown,
                style=m.beard_style,
                length=m.beard_length,
                count=m.beard_count,
                curl=m.beard_curl,
                seed=m.seed + 3,
            )
            bound.append((hair, m.beard_colour or m.hair_colour, 0.35))
        for strands, colour, tip in bound:
            if strands is not None and len(strands):
                buffer, array, _ = self._strand_arrays(len(strands), strands.steps, None, False)
                self._moving.append((strands, buffer, array, colour, tip))

    def _solids(self) -> None:
        self._cloth: list[tuple[Any, Any]] = []
        solids: list[tuple[Solid, float, float | None]] = [
            (garment(self.member.garment, seed=self.member.seed, neck=self._rig.neck_size()), 0.0, None)
        ]
        if self.member.glasses:
            solids.append((glasses(self._rig), 1.0, 1.0))
        if self.member.earrings:
            solids.append((earrings(self._rig), 2.0, 1.0))
        for solid, metal, follow in solids:
            count = len(solid.vertices)
            data = np.zeros((count, 13), np.float32)
            data[:, 0:3], data[:, 3:6], data[:, 6:8] = solid.vertices, solid.normals, solid.uv
            data[:, 8], data[:, 9] = solid.trim, metal
            data[:, 10] = smoothstep(0.90, 0.99, solid.uv[:, 1]) if not metal else 0.0
            data[:, 12] = neck_weight(solid.vertices) if follow is None else follow
            buffer, index = self._ctx.buffer(data.tobytes()), self._ctx.buffer(solid.triangles.tobytes())
            arrays = [
                self._array(self._program("mesh.vert", fragment), buffer, _MESH_FORMAT, _MESH_NAMES, index)
                for fragment in ("cloth.frag", "shadow.frag")
            ]
            self._cloth.append((arrays[0], arrays[1]))

    # ---- drawing -----------------------------------------------------------------------------------------------

    def render(self, controls: FloatArray) -> Frame:
        """Draw one frame.

        Parameters
        ----------
        controls : FloatArray [shape=(61,)]
            face controls

        Returns
        -------
        Frame
            picture and labels
        """
        import moderngl

        ctx = self._ctx
        posed = self._rig.pose(np.asarray(controls, np.float32))
        v, n = posed.vertices, posed.normals
        self._upload(v, n, controls)
        for strands, buffer, *_ in self._moving:
            buffer.write(strands.vertices(v, n).tobytes())
        self._set_uniforms(posed.rotation, np.clip(posed.wrinkles + self._lines, 0, 1.3))
        ctx.enable(moderngl.DEPTH_TEST)
        ctx.disable(moderngl.BLEND)
        self._shadow_target.use()
        self._shadow_target.clear()
        self._uniform("widen", 2.2)
        for caster in self._casters:
            caster.render()
        for _, caster in self._cloth:
            caster.render()
        for _, caster, _ in self._static:
            caster.render()
        self._uniform("widen", 1.0)
        self._target.use()
        self._target.clear(0, 0, 0, 0)
        for slot, texture in enumerate((*self._maps, self._shadow)):
            texture.use(slot)
        for fragment, array in self._parts:
            if fragment == "occlusion.frag":
                ctx.enable(moderngl.BLEND)
                ctx.blend_func = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, *_KEEP_ALPHA)  # type: ignore[assignment]
            array.render()
            ctx.disable(moderngl.BLEND)
        for array, _ in self._cloth:
            array.render()
        for array, _, colour in self._static:
            self._strand_look(colour, 0.25, 1.0)
            array.render()
        for _, _, array, colour, tip in self._moving:
            self._strand_look(colour, tip + 0.5, 0.4)
            array.render()
        ctx.copy_framebuffer(self._resolved, self._target)
        edge = self.size * self._super
        raw = np.frombuffer(self._resolved.read(components=4), np.uint8).reshape(edge, edge, 4)[::-1]
        k, out = self._super, self.size
        blocks = raw.reshape(out, k, out, k, 4).astype(np.uint32).sum((1, 3))
        rgba = ((blocks + k * k // 2) // (k * k)).astype(np.uint8)
        return Frame(rgba, self.landmarks(posed))

    def _strand_look(self, colour: tuple[float, float, float], tip: float, sheen: float) -> None:
        program = self._program("strand.vert", "strand.frag")
        program["hair_colour"].value = _linear(colour)
        program["tip"].value, program["sheen"].value = tip, sheen

    def _upload(self, v: FloatArray, n: FloatArray, controls: FloatArray) -> None:
        a, aux = self._asset, self._aux
        lips = v[a.landmarks[60:68], 2].mean()
        for name in ("M_Teeth", "M_GumsTongue"):
            if name in a.material_names:
                index = a.vertices_of(name)
                aux[index, 1] = (v[index, 2] - (lips - 5.2)) / 4.8
        for (index, _), lid in zip(self._rig.eyes, (slice(42, 48), slice(36, 42)), strict=True):
            ring = v[a.landmarks[lid]]
            top, bottom = ring[[1, 2], 1].mean(), ring[[4, 5], 1].mean()
            y = v[index, 1]
            shade = np.clip((top - y) / 0.42, 0, 1) * 0.52 + 0.48
            aux[index, 3] = shade * (np.clip((y - bottom + 0.12) / 0.22, 0, 1) * 0.25 + 0.75)
        data, split = self._interleaved, self._split
        data[:, 0:3], data[:, 3:6], data[:, 8:12] = v[split], n[split], aux[split]
        self._buffer.write(data.tobytes())

    def _uniform(self, name: str, value: Any) -> None:
        for program in self._programs.values():
            if name in program:
                program[name].value = value

    def _set_uniforms(self, rotation: FloatArray, wrinkles: FloatArray) -> None:
        m = self.member
        directions = [tuple(float(x) for x in d / np.linalg.norm(d)) for d, _ in _LIGHTS]
        values: dict[str, Any] = {
            "pivot": tuple(float(x) for x in PIVOT),
            "eye": tuple(float(x) for x in CAMERA_POSITION),
            "light_direction": directions,
            "light_colour": [c for _, c in _LIGHTS],
            "albedo_map": 0, "surface_map": 1, "wrinkle_a": 2, "wrinkle_b": 3, "shadow_map": 4,
            "weight_a": tuple(float(x) for x in wrinkles[:4]),
            "weight_b": tuple(float(x) for x in wrinkles[4:]),
            "skin_tone": _linear(m.skin.tone),
            "hair_colour": _linear(m.hair_colour),
            "iris_colour": _linear(m.iris), "pupil": m.pupil,
            "cloth_colour": _linear(m.garment.colour), "trim_colour": _linear(m.garment.trim),
        }  # fmt: skip
        for program in self._programs.values():
            for name, matrix in (
                ("view_projection", self._camera),
                ("light_matrix", self._light),
                ("head_rotation", rotation),
            ):
                if name in program:
                    program[name].write(np.ascontiguousarray(matrix.T, np.float32).tobytes())
            for name, value in values.items():
                if name in program:
                    program[name].value = value
        for vertex in ("mesh.vert", "strand.vert"):  # casters are drawn from the lamp
            program = self._program(vertex, "shadow.frag")
            program["view_projection"].write(np.ascontiguousarray(self._light.T).tobytes())

    def landmarks(self, posed: Posed) -> FloatArray:
        """Pixel positions (70, 2) of a pose's landmarks."""
        index = self._asset.landmarks
        p = np.concatenate([posed.vertices[index], posed.pupils])
        follow = np.concatenate([self._follow[index], [1.0, 1.0]]).astype(np.float32)
        return (project(turn_head(p, posed.rotation, follow)) * 0.5 + 0.5) * self.size
