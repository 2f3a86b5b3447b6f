"""Shows what the networks of a trained run look at.

    semsynth explain --run=RUN --output=pictures/
    semsynth explain --run=RUN --output=pictures/ --sections=vectors,tsne \\
        --count=100

Writes a page, index.html, that holds its pictures itself, and every picture
as a PNG file beside it: where the discriminator sees "fake", what each class
looks like to a network that names classes, which labels a generated pixel
depends on, and for SC-GAN how alike the semantic vectors of the classes are and
where they lie. --sections shows some of them alone and computes nothing else.

Needs the extra `vis` (tf-keras-vis, scikit-learn), and the TensorFlow backend
for all but SC-GAN's vectors; the run may come from any backend.
"""

from keras_semsynth.commands.command import Command
from keras_semsynth.explanations import Explanation
from keras_semsynth.explanations import explain


def _tell(explanation: Explanation) -> None:
    print(f"Done: {explanation.page}")


main = Command(
    explain, __doc__, short=("run", "output", "sections"), finish=_tell
)
