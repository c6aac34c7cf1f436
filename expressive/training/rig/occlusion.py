"""Ambient occlusion of a mesh: the share of directions from which each vertex is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from expressive.training.rig.assets import FloatArray, IntArray

if TYPE_CHECKING:
    import moderngl

__all__ = ["ambient_occlusion"]

_VERTEX = "#version 330\nin vec3 p;uniform mat4 m;void main(){gl_Position=m*vec4(p,1);}"
_FRAGMENT = "#version 330\nvoid main(){}"


def ambient_occlusion(
    context: moderngl.Context,
    vertices: FloatArray,
    normals: FloatArray,
    triangles: IntArray,
    *,
    directions: int = 96,
    radius: float = 24.0,
) -> FloatArray:
    """Openness of each vertex by depth maps from many directions.

    Parameters
    ----------
    context : moderngl.Context
        where to draw
    vertices, normals : FloatArray [shape=(V, 3)]
        the mesh
    triangles : IntArray [shape=(T, 3)]
        what casts
    directions : int
        number of directions
    radius : float
        size of what is looked at

    Returns
    -------
    FloatArray [shape=(V,), range=[0, 1]]
        1 where nothing is in the way
    """
    import moderngl

    if not len(triangles):
        return np.ones(len(vertices), np.float32)
    edge = 512
    centre = vertices[np.unique(triangles)].mean(0)
    program = context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
    buffer = context.buffer(np.ascontiguousarray(vertices, np.float32).tobytes())
    array = context.vertex_array(program, [(buffer, "3f", "p")], context.buffer(triangles.astype(np.int32).tobytes()))
    depth = context.depth_texture((edge, edge))
    depth.compare_func = ""
    target = context.framebuffer(depth_attachment=depth)
    context.enable(moderngl.DEPTH_TEST)
    rng = np.random.default_rng(0)
    seen, total = np.zeros(len(vertices)), np.zeros(len(vertices))
    for d in rng.standard_normal((directions, 3)):
        forward = -d / np.linalg.norm(d)
        right = np.cross(forward, [0.0, 1.0, 0.013])
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(right, forward), forward])
        q = (vertices + normals * 0.10 - centre) @ axes.T / radius  # (V, 3)
        m = np.eye(4)
        m[:3, :3] = axes / radius
        m[2, :3] *= 0.4
        m[:3, 3] = -m[:3, :3] @ centre
        matrix: Any = program["m"]
        matrix.write(np.ascontiguousarray(m.T, np.float32).tobytes())
        target.use()
        target.clear()
        array.render()
        z = np.frombuffer(depth.read(), np.float32).reshape(edge, edge)
        x = np.clip(((q[:, 0] * 0.5 + 0.5) * edge).astype(int), 0, edge - 1)
        y = np.clip(((q[:, 1] * 0.5 + 0.5) * edge).astype(int), 0, edge - 1)
        facing = np.maximum(-(normals @ forward), 0)
        seen += (q[:, 2] * 0.4 * 0.5 + 0.5 <= z[y, x] + 0.004) * facing
        total += facing
    target.release()
    depth.release()
    out: FloatArray = np.clip(seen / np.maximum(total, 1e-6) * 1.12, 0.05, 1).astype(np.float32)
    return out
