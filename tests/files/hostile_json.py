"""JSON that is damaged, or made to do harm, as bytes by what it is."""

import json

DEEP = 100_000


def texts():
    """Makes texts that are no JSON of ours, whatever the file is.

    Returns:
        dict, name -> tuple of the bytes and of words of the sentence.
    """
    plain = json.dumps({"num_classes": 2, "class_names": ["a", "b"]})
    return {
        "nothing": (b"", "it is empty"),
        "white space": (b" \n\t\r\n", "it is empty"),
        "zero bytes": (bytes(5000), "it is empty"),
        "a mark alone": (b"\xef\xbb\xbf", "it is empty"),
        "UTF-16": (plain.encode("utf-16"), "UTF-16, not UTF-8"),
        "UTF-16 without mark": (plain.encode("utf-16-be"), "not UTF-8"),
        "UTF-32": (plain.encode("utf-32"), "UTF-32, not UTF-8"),
        "Latin-1": (b'{"name": "Gew\xe4sser"}', "not UTF-8: byte 13 is 0xe4"),
        "half": (plain[:20].encode(), "not JSON: Unterminated string"),
        "two": (plain.encode() * 2, "not JSON: Extra data"),
        "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(40), "not UTF-8: byte 0"),
        "a pickle": (b"\x80\x04\x95" + bytes(40), "or no text"),
        "Python": (b"{'num_classes': 2}", "not JSON"),
        "NaN": (b'{"num_classes": NaN}', "NaN is no number"),
        "infinity": (b'{"num_classes": -Infinity}', "-Infinity is no number"),
        "1e999": (b'{"num_classes": 1e999}', "the number 1e999 is too large"),
        "a million digits": (
            b'{"num_classes": ' + b"9" * 1_000_000 + b"}",
            "a number of 1000000 digits",
        ),
        "twice": (
            b'{"num_classes": 2, "num_classes": 3}',
            "'num_classes' stands there twice",
        ),
        "deep lists": (b"[" * DEEP + b"]" * DEEP, "more than 64 deep"),
        "deep objects": (
            b'{"a":' * DEEP + b"1" + b"}" * DEEP,
            "more than 64 deep",
        ),
        "lists 70 deep": (b"[" * 70 + b"]" * 70, "more than 64 deep"),
        "a list": (b"[]", "must be an object, but is a list of 0"),
        "null": (b"null", "must be an object, but is null"),
        "a number": (b"5", "must be an object, but is 5"),
        "a text": (b'"run"', "must be an object, but is 'run'"),
        "9 MiB of blanks": (b" " * (9 << 20) + b"{}", "longer than the"),
        "many lists": (
            b"[" + b"[]," * 100_000 + b"[]]",
            "but is a list of 100001",
        ),
    }


def changes(content):
    """Makes copies of a `dataset.json` with one thing changed in each.

    Args:
        content: dict of a run, of three classes.

    Returns:
        dict, name -> tuple of the copy and of words of the sentence.
    """
    rule = content["label_rule"]

    def with_rule(**changed):
        return {"label_rule": {**rule, **changed}}

    def without(name):
        return {k: v for k, v in rule.items() if k != name}

    size = "three whole numbers from 0 to 255"
    cases = {
        "no classes": ({"num_classes": 0}, "from 1 to 65536, but is 0"),
        "-1 classes": ({"num_classes": -1}, "but is -1"),
        "10^9 classes": ({"num_classes": 10**9}, "but is 1000000000"),
        "3.0 classes": ({"num_classes": 3.0}, "but is 3.0"),
        "true classes": ({"num_classes": True}, "but is true"),
        "four classes": ({"num_classes": 4}, "each of 4 classes, but has 3"),
        "names are numbers": (
            {"class_names": [1, 2, 3]},
            "item 0 of `class_names` must be a text, but is 1",
        ),
        "names are a text": ({"class_names": "abc"}, "must be a list"),
        "names are an object": ({"class_names": {"a": 0}}, "must be a list"),
        "two names": ({"class_names": ["a", "b"]}, "each of 3 .*but has 2"),
        "rows of two": ({"palette": [[1, 2]] * 3}, f"{size}, but is a list"),
        "300": ({"palette": [[1, 2, 300]] * 3}, "255, but is 300"),
        "fractions": ({"palette": [[1, 2, 0.5]] * 3}, "255, but is 0.5"),
        "negative": ({"palette": [[1, 2, -1]] * 3}, "255, but is -1"),
        "colours are texts": ({"palette": ["#ff0000"] * 3}, size),
        "a text in a colour": ({"palette": [["1", 2, 3]] * 3}, "but is '1'"),
        "one colour": ({"palette": [[1, 2, 3]]}, "each of 3 .*but has 1"),
        "no palette": ({"palette": None}, "must be a list of colours"),
        "unknown is 3": ({"unknown_class": 3}, "must be below 3, but is 3"),
        "unknown is a name": ({"unknown_class": "b"}, "or null"),
        "the rule is 5": ({"label_rule": 5}, "must be an object, but is 5"),
        "the rule is []": ({"label_rule": []}, "but is a list of 0"),
        "the rule is null": ({"label_rule": None}, "but is null"),
        "a rule of 10^9": (with_rule(num_real_classes=10**9), "65536, but"),
        "a rule of five": (with_rule(num_real_classes=4), "3 .*but is for 5"),
        "a rule with more": (with_rule(hint="x"), "unknown entry 'hint'"),
        "a rule with less": (
            {"label_rule": without("ignore_label")},
            "`label_rule` lacks `ignore_label`",
        ),
        "ignored is 70000": (with_rule(ignore_label=70000), "but is 70000"),
        "rows of rule": (with_rule(colors=[[1, 2]]), size),
        "a map to 7": (with_rule(id_map={"0": 7}), "below 3, but maps 0 to 7"),
        "a map from -1": (with_rule(id_map={"-1": 0}), "but maps '-1'"),
        "a map from a": (with_rule(id_map={"a": 0}), "but maps 'a'"),
        "a map to text": (with_rule(id_map={"0": "a"}), "but is 'a'"),
        "a map from 10^6": (with_rule(id_map={"1000000": 0}), "maps '1000000"),
        "tolerance": (with_rule(palette_tolerance="5"), "but is '5'"),
        "edges are 1": ({"use_edge_map": 1}, "true or false, but is 1"),
        "one side": ({"image_size": [32]}, "a list of 2.*a list of 1"),
        "a long side": ({"image_size": [32, 10**9]}, "but is 1000000000"),
        "a negative side": ({"image_size": [-32, 32]}, "but is -32"),
        "paired is a text": ({"paired": "yes"}, "true or false, but is 'yes'"),
        "the name is a list": ({"name": ["a"]}, "a text or null, but is a"),
    }
    made = {
        name: ({**content, **changed}, words)
        for name, (changed, words) in cases.items()
    }
    for name in ("palette", "label_rule", "class_names", "image_size"):
        left = {k: v for k, v in content.items() if k != name}
        made[f"without {name}"] = (left, f"lacks `{name}`")
    return made
