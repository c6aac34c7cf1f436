"""The pictures that a generator keeps of each character: skin and hair unrolled, eyes and teeth, and the shoulders.

A frame is mostly these, moved to where the pose puts them. The generator draws the motion, what covers what, and the
change that is left: light, wrinkles, shadows.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

__all__ = ["Textures", "fill_holes"]


class Textures(nn.Module):
    """Premultiplied RGBA pictures of every character, in [0, 1].

    Parameters
    ----------
    identities : int
        number of characters
    skin, inner, body : int [unit=pixels]
        edges of the three pictures
    """

    def __init__(self, identities: int, *, skin: int, inner: int, body: int) -> None:
        super().__init__()
        # a parameter for each character: a batch has few of them, and only theirs get gradients
        self.skin = nn.ParameterList([torch.full((4, skin, skin), 0.5) for _ in range(identities)])
        self.inner = nn.ParameterList([torch.full((4, inner, inner), 0.5) for _ in range(identities)])
        self.body = nn.ParameterList([torch.full((4, body, body), 0.5) for _ in range(identities)])

    def forward(self, field: Tensor, identity: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Skin, inner and body layers (N, 4, H, W) of where each pixel looks (N, 6, H, W), see ``motion.Motion``."""
        grid = field.permute(0, 2, 3, 1)
        skin, inner, body = (
            self._look(pictures, grid[..., 2 * k : 2 * k + 2], identity)
            for k, pictures in enumerate((self.skin, self.inner, self.body))
        )
        return skin, inner, body

    def _look(self, pictures: nn.ParameterList, grid: Tensor, identity: Tensor) -> Tensor:
        h, w = grid.shape[1:3]
        parts, order = [], []
        for who in torch.unique(identity).tolist():
            rows = torch.nonzero(identity == who).flatten()
            order.append(rows)
            picture = pictures[who][None]
            if self.training:
                places = grid[rows].reshape(1, len(rows) * h, w, 2)
                seen = F.grid_sample(picture, places, mode="bilinear", padding_mode="border", align_corners=False)
            else:  # as the runtime does it: the nearest pixel, which is cheap, in a picture finer than the frame
                edge = picture.shape[-1]
                at = ((grid[rows] * 0.5 + 0.5) * edge).clamp(0, edge - 1).long()
                seen = picture[0].flatten(1)[:, at[..., 1] * edge + at[..., 0]]
            parts.append(seen.reshape(4, len(rows), h, w).transpose(0, 1))
        back = torch.argsort(torch.cat(order))
        return torch.cat(parts)[back]

    @torch.no_grad()
    def keep_in_range(self) -> None:
        """Clip the pictures to [0, 1], as they are stored in bytes."""
        for picture in self.parameters():
            picture.clamp_(0, 1)

    @torch.no_grad()
    def collect(self, name: str, who: int, frames: Tensor, grid: Tensor, weights: Tensor) -> None:
        """Fill a picture of a character from frames whose motion is known.

        Parameters
        ----------
        name : str
            ``skin``, ``inner`` or ``body``
        who : int
            the character
        frames : Tensor [shape=(N, 4, H, W)]
            its frames
        grid : Tensor [shape=(N, 2, H, W)]
            where in the picture each pixel belongs, [-1, 1]
        weights : Tensor [shape=(N, 1, H, W)]
            how much each pixel is worth
        """
        picture = getattr(self, name)[who]
        edge = picture.shape[-1]
        at = ((grid * 0.5 + 0.5) * edge).clamp(0, edge - 1).long()
        index = (at[:, 1] * edge + at[:, 0]).flatten()
        worth = weights.flatten()
        total = torch.zeros(5, edge * edge)
        values = torch.cat([frames.transpose(0, 1).flatten(1), torch.ones(1, len(index))]) * worth
        total.index_add_(1, index, values)
        picture.copy_(fill_holes(total[:4].view(4, edge, edge), total[4].view(1, edge, edge)))


def fill_holes(total: Tensor, weight: Tensor) -> Tensor:
    """Weighted means, and between them what the neighbourhood has (pull and push; Gortler et al., 1996).

    Parameters
    ----------
    total : Tensor [shape=(C, H, W)]
        weighted sums
    weight : Tensor [shape=(1, H, W)]
        sums of weights, 0 in holes

    Returns
    -------
    Tensor [shape=(C, H, W)]
        the picture without holes
    """
    enough = (weight / 3).clamp(max=1.0)  # one sample alone is noise
    mean = total / weight.clamp(min=1e-6)
    if total.shape[-1] <= 1:
        return mean
    coarse = fill_holes(
        F.avg_pool2d(mean * enough, 2, ceil_mode=True) * 12, F.avg_pool2d(enough, 2, ceil_mode=True) * 12
    )
    under = F.interpolate(coarse[None], size=total.shape[-2:], mode="bilinear", align_corners=False)[0]
    return mean * enough + under * (1 - enough)
