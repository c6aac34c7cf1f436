"""The head model as arrays: load the packed archive, or build it from a checkout of ICT-FaceKit.

The archive holds the neutral mesh, 100 identity modes, 57 expression shapes, texture coordinates and materials of
ICT-FaceKit (MIT, USC Institute for Creative Technologies). Nothing of it is shipped with Expressive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from expressive.core.errors import ParameterError

__all__ = ["HEAD_FILE", "ICT_LANDMARKS", "HeadAsset", "build_assets", "load_head", "piece_of"]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]

HEAD_FILE = "ict_facekit.npz"

# fmt: off
ICT_LANDMARKS = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493, 1914,
    2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537,
    1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518,
    5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
)
# fmt: on
"""vertex of each of the 68 iBUG landmarks on the ICT mesh"""

_SOCKETS_FROM, _SOCKETS_TO = 11248, 14062  # mouth bag, then both eye sockets, inside M_BackHead


@dataclass(frozen=True)
class HeadAsset:
    """A head mesh with its identity modes and expression shapes.

    Units are about a centimetre; +x is the character's left, +y up, +z forward.
    """

    neutral: FloatArray
    """rest positions (V, 3)"""
    identity_modes: npt.NDArray[np.float16]
    """offsets of each identity mode (K, V, 3)"""
    shapes: FloatArray
    """offsets of each expression shape at weight 1 (S, V, 3)"""
    shape_names: tuple[str, ...]
    """names of the shapes, with ``_L`` and ``_R``"""
    uv: FloatArray
    """texture coordinates (U, 2), v upwards"""
    triangles: IntArray
    """vertex indices (T, 3)"""
    uv_triangles: IntArray
    """texture coordinate indices (T, 3)"""
    material: IntArray
    """material of each triangle (T,)"""
    material_names: tuple[str, ...]
    """names of the materials"""
    landmarks: IntArray
    """vertex of each of the 68 landmarks (68,)"""
    inner: FloatArray
    """1 on the mouth bag and eye sockets (V,)"""
    _vertex_cache: dict[str, IntArray] = field(default_factory=dict, repr=False, compare=False)

    def triangles_of(self, *materials: str) -> npt.NDArray[np.bool_]:
        """Mask (T,) of the triangles that carry one of the materials."""
        ids = [self.material_names.index(name) for name in materials if name in self.material_names]
        return np.isin(self.material, ids)

    def vertices_of(self, material: str) -> IntArray:
        """Sorted vertices (n,) that a material's triangles use."""
        if material not in self._vertex_cache:
            self._vertex_cache[material] = np.unique(self.triangles[self.triangles_of(material)]).astype(np.int32)
        return self._vertex_cache[material]

    def vertex_uv(self) -> FloatArray:
        """One texture coordinate for each vertex (V, 2); any of its own at a seam."""
        uv = np.zeros((len(self.neutral), 2), np.float32)
        uv[self.triangles.ravel()] = self.uv[self.uv_triangles.ravel()]
        return uv


def load_head(assets: Path) -> HeadAsset:
    """Load the packed head model.

    Parameters
    ----------
    assets : Path
        folder that holds ``ict_facekit.npz``

    Returns
    -------
    HeadAsset
        the head

    Raises
    ------
    ParameterError
        If the file is missing.
    """
    path = Path(assets) / HEAD_FILE
    if not path.is_file():
        raise ParameterError(
            f"assets={str(assets)!r} must hold {HEAD_FILE}; make it with: expressive train assets --ict DIR"
        )
    with np.load(path) as pack:
        faces = pack["faces"]
        inner = np.zeros(len(pack["neutral"]), np.float32)
        inner[_SOCKETS_FROM:_SOCKETS_TO] = 1.0
        return HeadAsset(
            neutral=pack["neutral"].astype(np.float32),
            identity_modes=pack["ident"],
            shapes=pack["ex"].astype(np.float32),
            shape_names=tuple(str(name) for name in pack["exnames"]),
            uv=pack["vt"].astype(np.float32),
            triangles=np.ascontiguousarray(faces[:, :, 0], np.int32),
            uv_triangles=np.ascontiguousarray(faces[:, :, 1], np.int32),
            material=pack["fmat"].astype(np.int32),
            material_names=tuple(str(name) for name in pack["matnames"]),
            landmarks=np.array(ICT_LANDMARKS, np.int32),
            inner=inner,
        )


def _read_positions(path: Path) -> FloatArray:
    rows = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("v "):
                rows.append(line.split()[1:4])
            elif line.startswith(("vt", "f ")):
                break
    return np.array(rows, np.float32)


def build_assets(*, ict: Path, out: Path) -> Path:
    """Pack the meshes of an ICT-FaceKit checkout into one archive.

    Parameters
    ----------
    ict : Path
        checkout of https://github.com/ICT-VGL/ICT-FaceKit
    out : Path
        folder to write ``ict_facekit.npz`` and the licence to

    Returns
    -------
    Path
        the written archive

    Raises
    ------
    ParameterError
        If ``ict`` does not look like ICT-FaceKit.
    """
    folder = Path(ict) / "FaceXModel"
    base = folder / "generic_neutral_mesh.obj"
    if not base.is_file():
        raise ParameterError(f"ict={str(ict)!r} must be a checkout of ICT-FaceKit, with {base.relative_to(ict)}")
    uv: list[list[str]] = []
    faces: list[tuple[tuple[int, int], ...]] = []
    materials: list[str] = []
    current = ""
    for line in base.read_text(encoding="utf-8").splitlines():
        if line.startswith("vt "):
            uv.append(line.split()[1:3])
        elif line.startswith("usemtl"):
            current = line.split()[1]
        elif line.startswith("f "):
            corners = [(int(a), int(b)) for a, b in (token.split("/")[:2] for token in line.split()[1:])]
            for k in range(1, len(corners) - 1):  # polygons become fans
                faces.append((corners[0], corners[k], corners[k + 1]))
                materials.append(current)
    neutral = _read_positions(base)
    names = sorted(path.stem for path in folder.glob("*.obj"))
    modes = sorted(name for name in names if name.startswith("identity"))
    shapes = [name for name in names if not name.startswith("identity") and name != base.stem]
    known = sorted(set(materials))
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    np.savez(
        out / HEAD_FILE,
        neutral=neutral,
        ident=np.stack([_read_positions(folder / f"{name}.obj") - neutral for name in modes]).astype(np.float16),
        ex=np.stack([_read_positions(folder / f"{name}.obj") - neutral for name in shapes]),
        exnames=np.array(shapes),
        vt=np.array(uv, np.float32),
        faces=np.array(faces, np.int32) - 1,
        fmat=np.array([known.index(name) for name in materials]),
        matnames=np.array(known),
    )
    licence = Path(ict) / "LICENSE"
    if licence.is_file():
        (out / "ICT-FaceKit-LICENSE.txt").write_text(licence.read_text(encoding="utf-8"), encoding="utf-8")
    return out / HEAD_FILE


def piece_of(triangles: IntArray) -> IntArray:
    """Number of the connected piece that each vertex (V,) belongs to, of triangles (T, 3); V is one above the last."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    count = int(triangles.max()) + 1
    _, label = connected_components(coo_matrix((np.ones(len(edges)), edges.T), (count, count)), directed=False)
    out: IntArray = label
    return out
