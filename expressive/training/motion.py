"""How a pose moves the pictures that a generator keeps of each character."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from expressive.training.rig.motion import GROUPS

__all__ = ["Motion", "polynomial_at"]


def _terms(x: Tensor, y: Tensor) -> Tensor:
    """Terms of a cubic polynomial of the place in the frame (…, 10)."""
    return torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3], -1)


class Motion(nn.Module):
    """Where in a character's pictures each pixel of a coarse grid looks: skin x, y, inner x, y, body x, y, in [-1, 1].

    A small network knows where hundreds of points of the head are, to a fraction of a pixel: it is taught by exact
    labels alone. A cubic polynomial carries the turn of the head, what it misses at the points is spread around them,
    and the convolutions of the picture may correct the rest, such as hair. Coordinates are computed in full precision.
    """

    grid: Tensor
    terms: Tensor
    home: Tensor
    reach: Tensor
    extent: Tensor

    def __init__(self, inputs: int, channels: int, identities: int, edge: int, points: int) -> None:
        super().__init__()
        self.edge, self.points = edge, points
        self.pose = nn.Sequential(nn.Linear(inputs, 192), nn.SiLU(), nn.Linear(192, 192), nn.SiLU(), nn.Linear(192, 60))
        self.place = nn.Sequential(
            nn.Linear(inputs, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 3 * points)
        )
        self.local = nn.Conv2d(channels, 6, 3, padding=1)
        nn.init.zeros_(self.local.weight)
        nn.init.zeros_(self.local.bias)  # type: ignore[arg-type]
        t = (torch.arange(edge) + 0.5) / edge * 2 - 1
        y, x = torch.meshgrid(t, t, indexing="ij")
        self.register_buffer("grid", t, persistent=False)
        self.register_buffer("terms", _terms(x, y).view(-1, 10).T.contiguous(), persistent=False)
        self.register_buffer("home", torch.zeros(identities, points, 2))  # of each point in its picture
        self.register_buffer("reach", torch.full((identities, points), 0.05))  # how far around it a point is heard
        self.register_buffer("extent", torch.tensor([[-1.0, -1.0, 1.0, 1.0]]).repeat(len(GROUPS), 1))

    def window(self, group: int, edge: int) -> tuple[slice, slice]:
        """Rows and columns, from even to even, that hold all points of a group in a frame of that edge."""
        x0, y0, x1, y1 = ((self.extent[group] * 0.5 + 0.5) * edge / 2).tolist()
        rows, columns = ((max(0, int(a)) * 2, min(edge // 2, int(b) + 1) * 2) for a, b in ((y0, y1), (x0, x1)))
        return slice(*rows), slice(*columns)

    def tell(self, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Coefficients (N, 6, 10), places of the points (N, P, 2) and how clearly each is seen (N, P), as logits."""
        told = self.place(condition).view(-1, self.points, 3)
        return self.pose(condition).view(-1, 6, 10), told[..., :2], told[..., 2]

    def known(self, condition: Tensor, identity: Tensor) -> Tensor:
        """Coordinates, and how densely the points of each picture lie (N, 6 + 3, edge, edge)."""
        with torch.autocast(condition.device.type, enabled=False), torch.no_grad():
            pose, places, seen = self.tell(condition.float())
            smooth = (pose @ self.terms).view(-1, 6, self.edge, self.edge)
            missed = self.home[identity].transpose(1, 2) - polynomial_at(pose, places)
            d = (self.grid - places[..., None]) / self.reach[identity][:, :, None, None]  # (N, P, 2, edge)
            near = torch.exp(-d * d)
            share = torch.cat([torch.ones_like(missed[:, :1]), missed], 1) * torch.sigmoid(seen)[:, None]
            rows = share[..., None] * near[:, None, :, 1]  # (N, 3, P, edge)
            parts, dense = [], []
            for points in GROUPS:
                spread = rows[:, :, points].transpose(2, 3) @ near[:, None, points, 0]  # (N, 3, edge, edge)
                parts.append(spread[:, 1:] / (spread[:, :1] + 0.02))
                dense.append(spread[:, :1] / (spread[:, :1] + 1.0))
            return torch.cat([smooth + torch.cat(parts, 1), *dense], 1)

    def forward(self, known: Tensor, x: Tensor) -> Tensor:
        """Coordinates (N, 6, edge, edge) from what is known and features (N, C, edge, edge)."""
        out: Tensor = known[:, :6] + 0.1 * self.local(x).float()
        return out


def polynomial_at(pose: Tensor, places: Tensor) -> Tensor:
    """What the polynomial says of each point (N, 2, P): the coordinates of the picture that it belongs to."""
    said = pose @ _terms(places[..., 0], places[..., 1]).transpose(1, 2)
    return torch.cat([said[:, 2 * k : 2 * k + 2, points] for k, points in enumerate(GROUPS)], 2)
