import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.commands import coco_instances
from tests.data.files import write_labels


class CocoInstancesCommandTest(unittest.TestCase):
    def test_it_says_what_was_drawn_and_errors_name_flags(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            write_labels(root / "labels/1.png", np.zeros((8, 8)))
            (root / "a.json").write_text(
                json.dumps(
                    {
                        "images": [
                            {
                                "id": 1,
                                "file_name": "1.jpg",
                                "height": 8,
                                "width": 8,
                            }
                        ],
                        "annotations": [
                            {
                                "id": 5,
                                "image_id": 1,
                                "segmentation": [[1, 1, 5, 1, 5, 5]],
                            }
                        ],
                    }
                )
            )
            flags = [
                "semsynth",
                f"--annotations={root}/a.json",
                f"--label_dir={root}/labels",
                f"--output_dir={root}/train_inst",
            ]
            output, errors = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(output):
                self.assertEqual(coco_instances.main(flags), 0)
            self.assertIn("1 instance map with 1 object", output.getvalue())
            self.assertTrue((root / "train_inst/1.png").is_file())
            with contextlib.redirect_stderr(errors):
                with self.assertRaises(SystemExit) as caught:
                    coco_instances.main([*flags, "--annotations=none.json"])
            self.assertEqual(caught.exception.code, 2)
            self.assertIn("--annotations", errors.getvalue())
