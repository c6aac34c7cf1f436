"""A user's own pictures: the test draws a small set of faces, one round mouth for each emotion."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from expressive.core.controls import CONTROL_INDEX
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.training.checkpoint import load_run
from expressive.training.data import load_frames
from expressive.training.export import export
from expressive.training.loop import train
from expressive.training.options import TrainOptions
from expressive.training.pictures import import_pictures
from tests.face.meshes import TILES

OPTIONS = {"channels": (8, 8, 8), "convs": (1, 1, 2), "batch": 4, "threads": 1, "bf16": False, "warmup_steps": 2}


def face(mouth: int) -> Image.Image:
    image = Image.new("RGBA", (48, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 10, 44, 56), fill=(220, 180, 150, 255))
    draw.ellipse((20 - mouth, 40, 28 + mouth, 44 + mouth), fill=(120, 30, 30, 255))
    return image


@pytest.fixture
def folders(tmp_path):
    for split, count in (("train", 3), ("test", 1)):
        for mouth, emotion in enumerate(("neutral", "happy", "Anger", "surprise")):
            folder = tmp_path / "set" / split / emotion
            folder.mkdir(parents=True)
            for k in range(count):
                face(mouth * 2 + k % 2).save(folder / f"{k}.png")
    return tmp_path / "set"


def test_folders_become_frames_with_the_controls_of_their_emotion(folders, tmp_path):
    assert import_pictures(source=folders, out=tmp_path / "frames", size=32) == 16
    data = load_frames(tmp_path / "frames")
    assert len(data) == 12
    assert data.identities == ("own",)
    smile = CONTROL_INDEX["mouthSmileLeft"]
    by_emotion = dict(zip(data.emotion, data.controls, strict=True))
    assert by_emotion["happiness"][smile] > 0.4
    assert float(by_emotion[""].abs().sum()) == 0
    batch = data.take([0])
    assert batch.frames.shape == (1, 4, 32, 32)
    assert float(batch.frames[0, :, 0, 0].sum()) == 0  # clear corners stay clear
    assert float((batch.frames[0, :3].amax(0) - batch.frames[0, 3]).max()) <= 1 / 255  # premultiplied


def test_a_class_conditional_generator_learns_from_them(folders, tmp_path, tiny_generator):
    frames = tmp_path / "frames"
    import_pictures(source=folders, out=frames, size=32)
    options = TrainOptions(steps=6, **OPTIONS)
    run = train(frames=frames, run=tmp_path / "run", options=options, progress=False)
    assert load_run(run)["identities"] == ["own"]
    # fine-tuning begins with weights that know other characters
    more = train(frames=frames, run=tmp_path / "more", options=options, init=run, progress=False)
    assert load_run(more)["step"] == 6


@pytest.mark.parametrize("tiles", [(), TILES])
def test_a_release_is_a_place_to_start_from(folders, tiny_meshes, tmp_path, tiles):
    from expressive.training.discriminator import Discriminator, DiscriminatorOptions
    from expressive.training.generator import Generator, GeneratorOptions

    frames = tmp_path / "frames"
    import_pictures(source=folders, out=frames, size=32)
    torch.manual_seed(1)
    generator = Generator(GeneratorOptions(identities=3, channels=(8, 8, 8), convs=(1, 1, 2), tiles=tiles))
    judge = Discriminator(DiscriminatorOptions.fitting(generator.options))
    release = export(
        generator=generator, discriminator=judge, out=tmp_path / "release", identities=["a", "b", "c"],
        geometry=tiny_meshes,
    )  # fmt: skip
    options = TrainOptions(minutes=0.0, **OPTIONS)
    run = train(frames=frames, run=tmp_path / "run", options=options, init=release, progress=False)
    learned = load_run(run)["G"]
    assert learned["head.weight"].shape[0] == 16  # one's own pictures have no mesh: all is drawn anew
    if not tiles:
        torch.testing.assert_close(learned["head.weight"], generator.head.weight.detach().half().float())
    hidden = "levels.1.convs.0.conv.weight"
    torch.testing.assert_close(learned[hidden], generator.state_dict()[hidden].half().float())
    mean = generator.character.weight.detach().half().float().mean(0)
    torch.testing.assert_close(learned["character.weight"][0], mean)


def test_a_table_of_controls(tmp_path):
    face(3).save(tmp_path / "a.png")
    face(0).save(tmp_path / "b.jpg".replace("jpg", "png"))
    table = tmp_path / "labels.csv"
    table.write_text("file,identity,split,jawOpen,headYaw\na.png,eve,train,0.5,-0.2\nb.png,eve,test,,\n")
    assert import_pictures(source=tmp_path, out=tmp_path / "frames", size=32) == 2
    data = load_frames(tmp_path / "frames")
    assert data.identities == ("eve",)
    assert float(data.controls[0, CONTROL_INDEX["jawOpen"]]) == 0.5
    np.testing.assert_allclose(float(data.controls[0, CONTROL_INDEX["headYaw"]]), -0.2, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("name\na.png\n", ParameterError, "column named file"),
        ("file,jawOpn\na.png,1\n", UnknownNameError, "jawOpen"),
        ("file,jawOpen\na.png,wide\n", ParameterError, "labels.csv:2"),
        ("file,split\na.png,tranning\n", UnknownNameError, "training"),
        ("file\nmissing.png\n", ParameterError, "missing.png"),
    ],
)
def test_mistakes_in_a_table_are_one_clear_line(tmp_path, text, error, match):
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(error, match=match):
        import_pictures(source=tmp_path, out=tmp_path / "frames", size=32)


def test_mistakes_in_folders_are_one_clear_line(tmp_path):
    with pytest.raises(ParameterError, match="must be a folder"):
        import_pictures(source=tmp_path / "no", out=tmp_path / "frames")
    with pytest.raises(ParameterError, match="no training pictures"):
        import_pictures(source=tmp_path, out=tmp_path / "frames")
    (tmp_path / "train" / "hapy").mkdir(parents=True)
    with pytest.raises(UnknownNameError, match="happy"):
        import_pictures(source=tmp_path, out=tmp_path / "frames")
