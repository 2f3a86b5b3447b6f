"""Two training steps against the golden files of the second format.

In float64, as is suggested with the files: Adam with `beta_1 = 0` turns the
rounding of tiny gradients into whole learning rates.
"""

import numpy as np

from tests import golden

# Suggested with the files, doubled as is said there: step -> group -> largest
# error.
LIMITS = {
    1: {"loss": 2e-6, "gradient": 8e-4, "weight": 2e-4},
    2: {"loss": 8e-5, "gradient": 1.6e-2, "weight": 8e-3},
}


class StepCheck:
    """Compares what a training step logged and left behind with its file.

    Args:
        case: `unittest.TestCase` that reports.
        file: `golden_networks.NetworkFile`.
        tables: dict, `"G"`, `"D"`, `"E"` or `"ema"` -> naming table.
        losses: dict, name of a loss in the file -> name in our logs.
    """

    def __init__(self, case, file, tables, losses):
        self.case = case
        self.file = file
        self.tables = tables
        self.losses = losses

    def __call__(self, step, result):
        self.measured = {}
        self.step = step
        for name, value in self.file.under(f"step{step}/loss64/").items():
            found = result[self.losses[name]]
            self._compare("loss", f"loss64/{name}", found, value.reshape(()))
        for net, table in self.tables.items():
            if net == "ema":
                self._check_weights("ema", table)
                continue
            self._check_gradients(net, table, result["gradients"])
            self._check_weights(f"param_{net}", table)
            self._check_weights(f"buffer_{net}", table)
        for group, value in self.measured.items():
            print(f"{self.case.id()} step {step} {group}: {value:.1e}")

    def _check_gradients(self, net, table, gradients):
        entries = {entry.key: entry for entry in table}
        prefix = f"grad_{net}/"
        for key, value in self.file.under(f"step{self.step}/{prefix}").items():
            entry = entries[key]
            found = entry.layout.to_official(gradients[entry.variable.path])
            self._compare("gradient", prefix + key, found, value)
        squares = [
            np.square(np.asarray(gradients[entry.variable.path], "float64"))
            for entry in table
            if entry.variable.path in gradients
        ]
        key = f"grad_norm/{net}"
        if f"step{self.step}/{key}" in self.file:
            norm = np.sqrt(sum(square.sum() for square in squares))
            value = self.file[f"step{self.step}/{key}"]
            self._compare("gradient", key, norm, value)

    def _check_weights(self, prefix, table):
        entries = {entry.key: entry for entry in table}
        found = self.file.under(f"step{self.step}/{prefix}/")
        for key, value in found.items():
            self._compare(
                "weight", f"{prefix}/{key}", entries[key].read(), value
            )

    def _compare(self, group, key, actual, expected):
        error = golden.error(actual, expected)
        self.measured[group] = max(self.measured.get(group, 0.0), error)
        limit = LIMITS[self.step][group]
        self.case.assertLess(error, limit, f"step{self.step}/{key}")
