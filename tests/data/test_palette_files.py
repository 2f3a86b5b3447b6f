import json

import numpy as np
import pytest

from keras_semsynth.data import read_palette

SKY, WALL = (128, 128, 128), (128, 0, 0)


@pytest.fixture
def palette(tmp_path):
    """Reads what a file of some content says."""

    def read(content):
        path = tmp_path / "palette.txt"
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        colors, names = read_palette(path)
        return [tuple(color) for color in colors.tolist()], names

    return read


@pytest.mark.parametrize(
    "text",
    [
        "128 128 128 sky\n128 0 0 old wall\n",
        "# mine\n\n128, 128, 128, sky # grey\n128, 0, 0, old wall\n",
        "128\t128\t128\tsky\r\n128\t0\t0\told wall\r\n",
        "128;128;128;sky\n128;0;0;old wall;\n",
        "name,r,g,b\nsky,128,128,128\nold wall,128,0,0\n",
        "red,green,blue,name\n128,128,128,sky\n128,0,0,old wall\n",
        '"sky",128,128,128\n"old wall",128,0,0\n',
        "id;class;red;green;blue\n1;old wall;128;0;0\n0;sky;128;128;128\n",
        "0 128 128 128 sky\n1 128 0 0 old wall\n",
        "1 128 0 0 old wall\n0 128 128 128 sky\n",
        json.dumps({"sky": SKY, "old wall": WALL}),
        json.dumps(
            [
                {"color": SKY, "name": "sky", "isthing": 0},
                {"color": WALL, "name": "old wall"},
            ]
        ),
        json.dumps(
            [
                {"id": 1, "color": WALL, "name": "old wall"},
                {"id": 0, "color": SKY, "name": "sky"},
            ]
        ),
    ],
)
def test_the_forms_that_tools_write_are_read_alike(palette, text):
    for content in (
        text,
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
    ):
        assert palette(content) == ([SKY, WALL], ["sky", "old wall"])


def test_absent_names_are_numbers(palette):
    assert palette("1 2 3\n4 5 6 b\n")[1] == ["class 0", "b"]
    rows = [{"color": [1, 2, 3]}, {"color": [4, 5, 6]}]
    assert palette(json.dumps(rows))[1] == ["class 0", "class 1"]
    assert palette("1 0 0 0\n0 9 9 9\n") == (
        [(9, 9, 9), (0, 0, 0)],
        ["class 0", "class 1"],
    )


def test_a_name_may_begin_with_a_number(palette):
    assert palette("1 2 3 sky\n4 5 6 2 lane road\n")[1] == [
        "sky",
        "2 lane road",
    ]


def test_colours_one_step_apart_are_two(palette):
    assert palette("1 2 3 a\n1 2 4 b\n")[0] == [(1, 2, 3), (1, 2, 4)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no colours"),
        ("1 2 sky", "line 1: expected 'red green blue name'"),
        ("sky", "line 1: expected"),
        ("0.5 0.1 0.2 sky", "line 1: expected"),
        ("1 2 3 sky\n1 2 300 sea", "line 2: .* 1 2 300 of 'sea'.*above 255"),
        ("1 -2 3 sky", "line 1: .* 1 -2 3 of 'sky'.*below 0"),
        (
            "\n1 2 3 wall\n9 9 9 sky\n1,2,3 brick",
            "lines? 2 and line 4: 'wall' and 'brick' .* colour 1 2 3",
        ),
        ("0 1 2 3 a\n2 4 5 6 b", "four numbers.* the ids 0 to 1"),
        ("1 1 2 3 a\n2 4 5 6 b", "four numbers.* the ids 0 to 1"),
        ("[1, 2]", "JSON"),
        ("{", "JSON"),
        ('{"sky": [0.5, 0, 0]}', "JSON"),
        ('[{"color": [1, 2]}]', "JSON"),
        ('{"a": [1, 2, 3], "b": [1, 2, 3]}', "entry 1 and entry 2: 'a'"),
        ('{"a": [1, 2, 300]}', "entry 1: .* of 'a' .*above 255"),
        (
            '[{"id": 1, "color": [1, 2, 3]}, {"id": 7, "color": [1, 2, 4]}]',
            "ids of .* are not 0 to 1",
        ),
    ],
)
def test_what_cannot_be_understood_is_named(palette, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        palette(text)
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="does not exist.*`palette"):
        read_palette(tmp_path / "none.txt")


def test_colours_are_bytes(tmp_path):
    (tmp_path / "a.txt").write_text("1 2 3")
    assert read_palette(tmp_path / "a.txt")[0].dtype == np.uint8
