"""The parametric head that the training frames are rendered from: geometry, skin, hair, clothes, light."""
