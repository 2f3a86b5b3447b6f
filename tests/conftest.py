"""Settings of the whole test run.

The backend is the one of `KERAS_BACKEND` (TensorFlow when unset). Markers are
explained in `pyproject.toml`.
"""

import functools
import gc
import itertools
import os
import tempfile

# TensorFlow reads this when it is imported; its start-up notes hide the tests.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN's convolutions round otherwise than IEEE sums in order: enough to push
# a patch score over the hinge in the golden training steps.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
# JAX spends most of the tests' time on optimizing programs that run once.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
# What it compiled once serves all processes of this and of later test runs.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", tempfile.gettempdir() + "/semsynth_jax"
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# Processes beside each other (`pytest -n 2`) have a core each.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import keras
import pytest
from keras.src.saving import saving_lib

from tests import programs
from tests.plain_graphs import leave_graphs_as_they_are

leave_graphs_as_they_are()

# What JAX leaves to `pytest -m "slow or not slow"`: it compiles every operation
# of every size for itself, ten minutes for these and for the contracts of
# layers. `*_golden.py` of networks, the equations of layers and losses, and
# training stay.
NETWORKS = {"discriminators", "encoders", "generators"}
SLOW_FOLDERS_ON_JAX = {"backend", "checkpoints", "gans", "scorers", *NETWORKS}


def is_slow_on_jax(item):
    """Whether a test takes long on JAX and tells little about JAX itself."""
    folder = item.path.parent.name
    # `test_backends.py` scores a folder on all three backends.
    if item.path.stem.endswith("_golden") and folder != "scorers":
        return False
    in_folder = folder in SLOW_FOLDERS_ON_JAX
    return in_folder or item.name.startswith("test_contract")


def is_slow_on_torch(item):
    """Whether a test of a network tells little about PyTorch itself."""
    golden = item.path.stem.endswith("_golden")
    return not golden and item.path.parent.name in {"scorers", *NETWORKS}


def pytest_addoption(parser):
    parser.addoption(
        "--deduplicate",
        choices=["always", "never"],
        help="compute every different patch of a layout once, or every pixel, "
        "whatever a generator would choose",
    )


IS_SLOW = {"jax": is_slow_on_jax, "torch": is_slow_on_torch}


@pytest.hookimpl(tryfirst=True)  # before pytest leaves the slow ones out
def pytest_collection_modifyitems(items):
    """Skips what this machine or this run cannot do, and says why."""
    is_slow = IS_SLOW.get(keras.backend.backend(), lambda item: False)
    for item in filter(is_slow, items):
        item.add_marker(pytest.mark.slow)
    if not os.environ.get("SEMSYNTH_ADDONS"):
        reason = "installs tensorflow-addons; set SEMSYNTH_ADDONS=1 to run it"
        for item in items:
            if item.get_closest_marker("addons"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True, scope="session")
def no_weights_from_the_network():
    """Tests fetch what they serve themselves; public weights are large."""
    get_file = keras.utils.get_file

    def get_local_file(name, address, **options):
        if not address.startswith(("http://127.0.0.1:", "file:")):
            raise AssertionError(f"a test fetches {address}")
        return get_file(name, address, **options)

    keras.utils.get_file = get_local_file
    yield
    keras.utils.get_file = get_file


# What Keras asks of every layer that is saved or loaded is the same each time.
# It keeps the answer under another name than it looks for (3.15).
saving_lib.get_attr_skipset = functools.cache(saving_lib.get_attr_skipset)

# A full collection looks at all that is alive: for seconds, once TensorFlow has
# made some hundred graphs. So it is done now and then, and only looks at what
# is new since.
TESTS_A_COLLECTION = 20
gc.set_threshold(700, 10, 1_000_000)


@pytest.fixture(autouse=True, scope="session")
def tests_so_far():
    """Counts tests."""
    return itertools.count(1)


@pytest.fixture(autouse=True)
def collected_now_and_then(tests_so_far):
    """Frees what refers to itself, as networks do."""
    yield
    if next(tests_so_far) % TESTS_A_COLLECTION == 0:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def deduplicated_as_asked(request, monkeypatch):
    """Sets `deduplicate` of all generators, if `--deduplicate` asks for it."""
    choice = request.config.getoption("--deduplicate")
    if choice is not None:
        programs.deduplicate(choice == "always", monkeypatch)


@pytest.fixture(autouse=True)
def same_start_for_every_test():
    """Gives every test the same seed, dtype policy and layer names."""
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(7)
    yield
    keras.config.set_dtype_policy("float32")
