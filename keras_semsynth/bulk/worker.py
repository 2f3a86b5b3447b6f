"""What a worker of a bulk generation does with requests."""

from collections.abc import Sequence

from keras_semsynth.bulk.requests import Request
from keras_semsynth.bulk.requests import Result
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.synthesis.renderer import Renderer


def answers(
    requests: Sequence[Request], renderer: Renderer, rounding: str = "nearest"
) -> list[Result]:
    """Makes the images of requests; one that fails fails alone.

    Args:
        requests: Sequence of `Request`.
        renderer: `Renderer`.
        rounding: As for `to_uint8`. Defaults to `"nearest"`.

    Returns:
        List of `Result`, in the order of the requests.
    """
    try:
        images = renderer.render(
            [request.layout for request in requests],
            [request.look for request in requests],
        )
    except Exception as error:  # of any backend, e.g. out of memory
        if len(requests) == 1:
            return [Result(requests[0], None, _describe(error))]
        return [
            result
            for request in requests
            for result in answers([request], renderer, rounding)
        ]
    return [
        Result(request, to_uint8(image, rounding))
        for request, image in zip(requests, images, strict=True)
    ]


def _describe(error):
    lines = str(error).strip().splitlines() or [""]
    return f"the generator failed ({type(error).__name__}: {lines[0]})"
