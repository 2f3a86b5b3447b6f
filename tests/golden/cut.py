"""Cuts the small golden set of this folder from the full one.

    python tests/golden/cut.py FULL_SET

Arrays are kept whole or left out. Out go intermediate results, gradients of
more than 12 KB, and weights that `weights_rule.py` makes again bit by bit.
"""

import json
import pathlib
import re
import shutil
import sys
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
LARGEST_GRADIENT = 12_000  # bytes, compressed
# As they are.
WHOLE = """
    torch_primitives ccfpse_depthwise ccfpse_train_step dpgan_losses
    eval_fid_end_to_end eval_fid_values eval_inception_fid eval_lpips
    eval_object_crops eval_seg_metrics eval_vgg19 scgan_losses scgan_scc
    spade_input_semantics spade_losses spade_lr_schedule spade_preprocess
""".split()
# Without intermediate results, large gradients and weights made by rule.
CUT = """
    ccfpse_block_identity ccfpse_generator fpse_discriminator
    pix2pixhd_generator scgan_discriminator_multiscale scgan_encoder
    spade_encoder spade_generator spade_norm_batch spade_norm_instance
    spade_resblock_identity
""".split()
# Without the outputs and gradients of the training mode too.
CUT_TO_EVALUATION = """
    dpgan_generator oasis_discriminator oasis_generator scgan_generator_ade
""".split()
# Networks too large to be scored by a small test.
OTHER_TABLES = ("upernet101", "drn_d_105", "deeplabv2")
INTERMEDIATE = re.compile("mid/|eval/tap_|train/tap_")
GRADIENT = re.compile("grad/|train/grad")
TRAINING = re.compile("train/grad|train/out|in/cotangent|eval/out_svg")


def remade(meta, rule):
    """Yields `(name in the file, array)` of the weights that the rule makes."""
    for entry in meta["nets"].values():
        shapes = {key: tuple(value) for key, value in entry["shapes"].items()}
        state = rule.random_state(shapes, entry["seed"])
        for pattern, factor in entry["scales"]:
            for key in state:
                if re.search(pattern, key):
                    scaled = state[key] * np.float32(factor)
                    state[key] = scaled.astype(state[key].dtype)
        yield from ((f"state/{key}", value) for key, value in state.items())


def cut(name, source, rule):
    """Writes one file of `CUT`."""
    with np.load(source / f"{name}.npz") as file:
        arrays = {key: file[key] for key in file.files}
    with zipfile.ZipFile(source / f"{name}.npz") as file:
        sizes = {i.filename[:-4]: i.compress_size for i in file.infolist()}
    meta = json.loads(str(arrays["meta"]))
    again = dict(remade(meta, rule))
    kept = {
        key: value
        for key, value in arrays.items()
        if not INTERMEDIATE.match(key)
        and not (name in CUT_TO_EVALUATION and TRAINING.match(key))
        and not (GRADIENT.match(key) and sizes[key] > LARGEST_GRADIENT)
        and not (key in again and np.array_equal(again[key], value))
    }
    if name in CUT_TO_EVALUATION:
        # Any will do: no gradient is left to compare.
        meta.setdefault("cotangent_seed", 0)
        kept["meta"] = np.array(json.dumps(meta))
    np.savez_compressed(HERE / f"{name}.npz", **kept)


def main(source):
    source = pathlib.Path(source)
    for old in [*HERE.glob("*.npz"), *HERE.glob("*.csv")]:
        old.unlink()
    for table in (source.parent / "spec").glob("state_dict_*.csv"):
        if not any(name in table.name for name in OTHER_TABLES):
            shutil.copyfile(table, HERE / table.name)
    sys.path.insert(0, str(HERE))
    import weights_rule

    for name in WHOLE:
        shutil.copyfile(source / f"{name}.npz", HERE / f"{name}.npz")
    for name in [*CUT, *CUT_TO_EVALUATION]:
        cut(name, source, weights_rule)
    total = sum(
        path.stat().st_size for path in HERE.iterdir() if path.is_file()
    )
    print(f"{total / 1e6:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1])
