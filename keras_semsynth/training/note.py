"""What a run says beside its progress."""


def note(text: str) -> None:
    """Prints a sentence that is no error.

    Args:
        text: str. Arguments stand in backticks, as in errors. They are left
            out here: a flag and the argument it sets have one name.
    """
    print(text.replace("`", ""), flush=True)
