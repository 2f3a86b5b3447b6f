"""Images of all label maps of a folder, made by a server."""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Callable
from concurrent import futures

from keras_semsynth.client.client import Client
from keras_semsynth.client.errors import RefusedError
from keras_semsynth.client.errors import ServingError
from keras_semsynth.files import atomic
from keras_semsynth.files import own_pictures
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.synthesis.folder_result import FolderResult
from keras_semsynth.synthesis.folder_result import print_skipped
from keras_semsynth.synthesis.generation_plan import plan
from keras_semsynth.synthesis.generation_plan import remove_leftovers


def synthesize_folder(
    url: str,
    input: str | os.PathLike,
    output: str | os.PathLike,
    seed: int | None = None,
    fresh: bool = False,
    style: str | None = None,
    concurrency: int = 4,
    timeout: float = 60.0,
    retries: int = 4,
    credentials: str | os.PathLike | None = None,
    certificate_authority: str | os.PathLike | None = None,
    client_certificate: str | os.PathLike | None = None,
    overwrite: bool = False,
    skip_existing: bool = False,
    skip_errors: bool = True,
    on_skip: Callable[[str], None] = print_skipped,
) -> FolderResult:
    """Lets a server generate images of all label maps of a folder.

    Every label map, at any depth, becomes one PNG of the same name.

    Args:
        url: str. Address of the model: `http://HOST:8501/v1/models/NAME` or
            `grpc://HOST:8500/v1/models/NAME` (https, grpcs: TLS);
            `/versions/NUMBER` may follow.
        input: str. Label map, or folder of label maps.
        output: str. Folder for the images.
        seed: int or `None`. Seed of every image; without effect for models
            without noise. Without `seed`, `fresh` and `style` it is 0.
            Defaults to `None`.
        fresh: bool. Whether every image gets other noise; no seed. Defaults
            to `False`.
        style: str or `None`. Photograph that sets the look, for models with a
            style encoder; no seed. Defaults to `None`.
        concurrency: int, at most 256. Requests that are under way at once.
            Defaults to `4`.
        timeout: float. Seconds that an image may take, with all repetitions.
            Defaults to `60`.
        retries: int. How often a request is repeated if the server is
            overloaded or cannot be reached; the wait doubles each time.
            Defaults to `4`.
        credentials: str or `None`. File of one line, a token or
            `USER:PASSWORD`, for a server that asks who comes. Without it those
            of the environment are sent: SEMSYNTH_TOKEN, or SEMSYNTH_USER and
            SEMSYNTH_PASSWORD. Defaults to `None`.
        certificate_authority: str or `None`. PEM file of the authorities that
            are trusted in place of the public ones. Defaults to `None`.
        client_certificate: str or `None`. PEM file of the certificate that
            the client shows, with its key. Defaults to `None`.
        overwrite: bool. Whether images that exist already are replaced.
            Defaults to `False`.
        skip_existing: bool. Whether images that exist already are kept.
            Defaults to `False`.
        skip_errors: bool. Whether a label map that the model refuses is named
            and skipped, instead of ending it all. Defaults to `True`.
        on_skip: Function that is told in a sentence what was skipped. Defaults
            to `print_skipped`.

    Returns:
        `FolderResult`.

    Raises:
        ValueError: If the arguments do not fit each other or the files.
        ServingError: If the server is down, overloaded for long, has no such
            model or does not let this client in. What was written stays.
        DiskFullError: If the disk filled up.
    """
    _check(seed, fresh, style, concurrency)
    jobs = plan(
        input,
        output,
        overwrite=overwrite,
        skip_existing=skip_existing,
        kept={"photograph": [pathlib.Path(style)] if style else []},
    )
    planned = len(jobs)
    if skip_existing:
        jobs = [job for job in jobs if not job.is_done]
    remove_leftovers(jobs)
    if not fresh and style is None:
        seed = seed or 0
    with Client(
        url,
        timeout,
        retries,
        credentials=credentials,
        certificate_authority=certificate_authority,
        client_certificate=client_certificate,
    ) as client:
        code = None if style is None else client.encode_style(style)

        def work(job):
            data = client.synthesize_png(job.source, seed=seed, style=code)
            (path,) = job.images
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic.atomic_path(path) as temporary:
                temporary.write_bytes(own_pictures.mark(data))

        result = _run(client, work, jobs, concurrency, skip_errors, on_skip)
    return dataclasses.replace(result, kept=planned - len(jobs))


def _check(seed, fresh, style, concurrency):
    if seed is not None and not 0 <= seed < 2**31:
        raise ValueError(
            f"`seed` must be between 0 and {2**31 - 1}. Received: seed={seed}."
        )
    given = {"seed": seed is not None, "fresh": fresh, "style": bool(style)}
    chosen = [f"`{name}`" for name, value in given.items() if value]
    if len(chosen) > 1:
        raise ValueError(f"{' and '.join(chosen)} exclude each other.")
    if style and not pathlib.Path(style).is_file():
        raise ValueError(f"The photograph {style} does not exist.")
    if type(concurrency) is not int or not 1 <= concurrency <= 256:
        raise ValueError(
            "`concurrency` must be an integer from 1 to 256. Received: "
            f"concurrency={concurrency!r}."
        )


def _run(client, work, jobs, concurrency, skip_errors, on_skip):
    line = ProgressLine(total=len(jobs), unit="label maps")
    done, skipped = 0, []
    pool = futures.ThreadPoolExecutor(concurrency)
    try:
        tasks = {pool.submit(work, job): job for job in jobs}
        for task in futures.as_completed(tasks):
            try:
                task.result()
            except (ValueError, OSError) as error:
                line.end()
                if not skip_errors or _ends_all(error):
                    print(f"{done} images were written.", file=sys.stderr)
                    raise
                text = " ".join(str(error).split())
                skipped.append(f"{tasks[task].source}: {text}")
                on_skip(f"Skipped {skipped[-1]}")
            else:
                done += 1
            line.update(done + len(skipped), images=done)
    except BaseException:
        # What is under way can only fail likewise: nobody waits for it.
        client.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return FolderResult(len(jobs), tuple(skipped))


def _ends_all(error):
    """Whether no further request can succeed."""
    if isinstance(error, atomic.DiskFullError):
        return True
    return isinstance(error, ServingError) and not isinstance(
        error, RefusedError
    )
