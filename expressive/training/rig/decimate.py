"""Fewer triangles: half-edge collapses in the order of the error they cause, over several poses at once.

Every vertex that stays is one of the mesh's own, so that expression shapes need no fitting, and a corner keeps the
texture coordinate of its side of a seam.

The error is the quadric of Garland and Heckbert (1997), summed over the poses: a crease that only a smile shows counts.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
import numpy.typing as npt

from expressive.training.rig.assets import FloatArray, IntArray

__all__ = ["decimate"]


def decimate(
    poses: FloatArray, triangles: IntArray, uv_triangles: IntArray, importance: FloatArray, target: int
) -> npt.NDArray[np.int64]:
    """Collapse edges until few triangles are left.

    Parameters
    ----------
    poses : FloatArray [shape=(P, V, 3)]
        vertices in several poses
    triangles, uv_triangles : IntArray [shape=(T, 3)]
        vertex and texture coordinate of each corner
    importance : FloatArray [shape=(V,)]
        factor of each vertex's error
    target : int
        triangles to keep, about

    Returns
    -------
    NDArray [shape=(n, 3, 2)]
        vertex and texture coordinate of each corner of what is left
    """
    mesh = _Mesh(poses.astype(np.float64), triangles, uv_triangles, importance)
    mesh.collapse_until(target)
    return np.array([mesh.corners[t] for t in sorted(mesh.alive)], np.int64).reshape(-1, 3, 2)


class _Mesh:
    def __init__(
        self, poses: npt.NDArray[np.float64], triangles: IntArray, uv: IntArray, importance: FloatArray
    ) -> None:
        self.p = np.concatenate([poses, np.ones((*poses.shape[:2], 1))], 2)  # (P, V, 4)
        self.importance = importance
        self.corners = [
            [(int(a), int(b)) for a, b in zip(*corner, strict=True)] for corner in zip(triangles, uv, strict=True)
        ]
        self.alive = set(range(len(triangles)))
        self.around: dict[int, set[int]] = defaultdict(set)
        for number, corner in enumerate(self.corners):
            for vertex, _ in corner:
                self.around[vertex].add(number)
        a, b, c = (poses[:, triangles[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        size = np.linalg.norm(normal, axis=2, keepdims=True)
        plane = np.concatenate([normal, -(normal * a).sum(2, keepdims=True)], 2) / np.maximum(size, 1e-12)
        quadric = np.einsum("ptj,ptk,pt->ptjk", plane, plane, size[..., 0])
        self.q = np.zeros((poses.shape[1], len(poses), 4, 4))
        for k in range(3):
            np.add.at(self.q, triangles[:, k], quadric.transpose(1, 0, 2, 3))
        self.version = np.zeros(poses.shape[1], np.int64)

    def neighbours(self, v: int) -> set[int]:
        return {u for t in self.around[v] for u, _ in self.corners[t]} - {v}

    def cost(self, v: int, u: int) -> float:
        x = self.p[:, u]
        error = float(np.einsum("pj,pjk,pk->", x, self.q[v], x))
        edge = self.p[0, v] - self.p[0, u]
        return (error + 1e-3 * float(edge @ edge)) * float(self.importance[v])

    def offer(self, v: int, heap: list[tuple[float, int, int, int]]) -> None:
        """Put a vertex's cheapest legal collapse on the heap."""
        for cost, u in sorted((self.cost(v, u), u) for u in self.neighbours(v)):
            if self.moved(v, u) is not None:
                heapq.heappush(heap, (cost, v, u, int(self.version[v])))
                return

    def moved(self, v: int, u: int) -> dict[int, list[tuple[int, int]]] | None:
        """Corners of the triangles around ``v`` once it lies on ``u``, or None where that would tear or fold."""
        shared = self.around[v] & self.around[u]
        opposite = {w for t in shared for w, _ in self.corners[t]} - {u, v}
        if len(opposite) != len(shared) or opposite != self.neighbours(v) & self.neighbours(u):
            return None
        on_border = any(len(self.around[v] & self.around[w]) == 1 for w in self.neighbours(v))
        if on_border and len(shared) != 1:
            return None
        to_uv: dict[int, int] = {}  # texture coordinate of v to that of u on the same side of a seam
        for t in shared:
            at = dict(self.corners[t])
            to_uv[at[v]] = at[u]
        out: dict[int, list[tuple[int, int]]] = {}
        for t in self.around[v] - shared:
            new = []
            for a, b in self.corners[t]:
                if a == v:
                    if b not in to_uv:
                        return None
                    new.append((u, to_uv[b]))
                else:
                    new.append((a, b))
            out[t] = new
        if not out:
            return None
        old_i = np.array([[a for a, _ in self.corners[t]] for t in out])
        new_i = np.array([[a for a, _ in corner] for corner in out.values()])
        if (_normals(self.p, old_i) * _normals(self.p, new_i)).sum(2).min() < 0.2:
            return None
        return out

    def collapse_until(self, target: int) -> None:
        heap: list[tuple[float, int, int, int]] = []
        for v in list(self.around):
            self.offer(v, heap)
        while len(self.alive) > target and heap:
            _, v, u, version = heapq.heappop(heap)
            if version != self.version[v] or v not in self.around:
                continue
            moved = self.moved(v, u)
            if moved is None:
                self.version[v] += 1
                self.offer(v, heap)
                continue
            for t in self.around[v] - moved.keys():
                self.alive.discard(t)
                for w, _ in self.corners[t]:
                    if w != v:
                        self.around[w].discard(t)
            for t, corner in moved.items():
                self.corners[t] = corner
                self.around[u].add(t)
            del self.around[v]
            self.q[u] += self.q[v]
            for w in self.neighbours(u) | {u}:
                self.version[w] += 1
                self.offer(w, heap)


def _normals(p: npt.NDArray[np.float64], t: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    a, b, c = (p[:, t[:, k], :3] for k in range(3))
    n = np.cross(b - a, c - a)
    out: npt.NDArray[np.float64] = n / np.maximum(np.linalg.norm(n, axis=2, keepdims=True), 1e-12)
    return out
