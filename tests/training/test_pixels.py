from __future__ import annotations

import pytest
import torch

from expressive.training.pixels import alpha_edge_error, comb_energy, gradient_energy, psnr, region_masks, ssim_map

ONES = torch.ones(1, 1, 64, 64)


def picture() -> torch.Tensor:
    torch.manual_seed(440)
    return torch.nn.functional.interpolate(torch.rand(1, 3, 16, 16), size=64, mode="bicubic").clamp(0, 1)


def test_psnr_of_a_known_error():
    a = torch.full((1, 3, 64, 64), 0.5)
    assert float(psnr(a, a + 0.1, ONES)) == pytest.approx(20, abs=1e-3)


def test_ssim_is_one_for_equal_pictures_and_falls_with_noise():
    x = picture()
    assert float(ssim_map(x, x).mean()) == pytest.approx(1, abs=1e-4)
    assert float(ssim_map(x, x + 0.2 * torch.randn_like(x)).mean()) < 0.7


def test_blur_lowers_gradient_energy():
    x = picture()
    blurred = torch.nn.functional.avg_pool2d(x, 5, 1, 2)
    assert float(gradient_energy(blurred, ONES)) < 0.7 * float(gradient_energy(x, ONES))


def test_alpha_edge_error_looks_at_soft_pixels_only():
    b = torch.zeros(1, 8, 8)
    b[..., 4:] = 1
    b[..., 3] = 0.5
    a = b.clone()
    a[..., 3] = 0.3
    a[..., 7] = 0.0  # far from the edge: not counted
    assert float(alpha_edge_error(a, b)) == pytest.approx(0.2)


def test_comb_is_found_where_there_is_one():
    x = picture()
    comb = x.clone()
    comb[..., ::2] += 0.04
    assert float(comb_energy(comb, ONES)) > 2 * float(comb_energy(x, ONES))


def test_region_masks_hold_their_landmarks():
    landmarks = torch.rand(2, 68, 2) * 100 + 50
    masks = region_masks(landmarks, 256)
    assert set(masks) == {"whole", "face", "eyes", "mouth"}
    x, y = landmarks[0, 50].round().int()
    assert masks["mouth"][0, 0, y, x] == 1
    assert (masks["face"] >= masks["mouth"]).all() or masks["mouth"].sum() < masks["whole"].sum()
