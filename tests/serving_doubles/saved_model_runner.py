"""Runs the signatures of an exported model, as TensorFlow Serving names them.

Shared by the two servers of this folder that stand in for TensorFlow Serving
where its binary cannot be had. Needs TensorFlow only.
"""

import pathlib

import tensorflow as tf

from tests.serving_doubles.request_error import RequestError


class SavedModelRunner:
    """Loads the newest version of a model and runs its signatures.

    Args:
        folder: Path that holds `<version>/saved_model.pb`.
        name: str. Under which the model is served. Defaults to the name of
            the folder.
    """

    def __init__(self, folder, name=None):
        folder = pathlib.Path(folder)
        versions = [
            int(path.parent.name)
            for path in folder.glob("*/saved_model.pb")
            if path.parent.name.isdecimal()
        ]
        if not versions:
            raise ValueError(
                f"{folder} holds no <version>/saved_model.pb: write one with "
                "semsynth export."
            )
        self.name = name or folder.resolve().name
        self.version = max(versions)
        self._model = tf.saved_model.load(str(folder / str(self.version)))
        self._signatures = dict(self._model.signatures)

    def check_model(self, name, version=None):
        """Raises `RequestError` for another model or version."""
        if name == self.name and version in (None, self.version):
            return
        wanted = f"Latest({name})"
        if version is not None:
            wanted = f"Specific({name}, {version})"
        raise RequestError(
            "NOT_FOUND", f"Servable not found for request: {wanted}"
        )

    def inputs(self, signature):
        """Returns the inputs of a signature, name -> `tf.TensorSpec`.

        Raises:
            RequestError: If there is no such signature.
        """
        if signature not in self._signatures:
            raise RequestError(
                "FAILED_PRECONDITION",
                f'Serving signature key "{signature}" not found.',
            )
        return self._signatures[signature].structured_input_signature[1]

    def run(self, signature, inputs):
        """Runs a signature.

        Args:
            signature: str.
            inputs: dict, name -> array.

        Returns:
            dict, name -> array.

        Raises:
            RequestError: If the model refuses the inputs, or fails.
        """
        specs = self.inputs(signature)
        if set(inputs) != set(specs):
            raise RequestError(
                "INVALID_ARGUMENT",
                f"input size does not match signature: {len(inputs)}!="
                f"{len(specs)} len({{{','.join(sorted(inputs))}}}) != "
                f"len({{{','.join(sorted(specs))}}}).",
            )
        tensors = {}
        for name, value in inputs.items():
            spec = specs[name]
            try:
                tensor = tf.convert_to_tensor(value, spec.dtype)
            except (TypeError, ValueError, tf.errors.OpError) as error:
                raise RequestError(
                    "INVALID_ARGUMENT",
                    f"Expects arg {name} to be {spec.dtype.name}, which is not "
                    "what was sent.",
                ) from error
            if not spec.shape.is_compatible_with(tensor.shape):
                raise RequestError(
                    "INVALID_ARGUMENT",
                    f"Expects arg {name} of shape {spec.shape}, but "
                    f"{tensor.shape} was sent.",
                )
            tensors[name] = tensor
        try:
            outputs = self._signatures[signature](**tensors)
            return {name: value.numpy() for name, value in outputs.items()}
        except tf.errors.OpError as error:
            # As TensorFlow Serving reports it: without Python's own heading.
            text = error.message.split("<stack traces unavailable>\n")[-1]
            raise RequestError(_code(error), text) from error


def _code(error):
    for code in ("InvalidArgument", "FailedPrecondition", "OutOfRange"):
        if isinstance(error, getattr(tf.errors, f"{code}Error")):
            return {
                "InvalidArgument": "INVALID_ARGUMENT",
                "FailedPrecondition": "FAILED_PRECONDITION",
                "OutOfRange": "OUT_OF_RANGE",
            }[code]
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return "RESOURCE_EXHAUSTED"
    return "INTERNAL"
