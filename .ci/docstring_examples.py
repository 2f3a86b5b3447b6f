"""Shows the examples of docstrings as code on the documentation site.

They are written as Keras writes them, `Example:` and then lines of a Python
session; to Markdown these are plain text.
"""

import re

import griffe

# A line of the session, and what follows up to an empty line.
_SESSION = re.compile(r"(?m)^(>>> .*(?:\n(?!\s*$).*)*)")


class DocstringExamples(griffe.Extension):
    """Puts fences around sessions."""

    def on_object(self, *, obj, **_):
        if obj.docstring is not None and ">>> " in obj.docstring.value:
            obj.docstring.value = _SESSION.sub(
                r"```pycon\n\1\n```", obj.docstring.value
            )
