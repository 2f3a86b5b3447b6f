"""Opens a page on which one paints a layout and sees the picture of it.

    semsynth serve
    semsynth serve --run=RUN
    semsynth serve --run=served/spade \\
        --backend=http://localhost:8501/v1/models/spade

The first shows the small landscapes generator that comes with the package,
the second a run. The third leaves the work to TensorFlow Serving; --run then
names the exported model, for its classes and colours.

The page is served to this machine alone unless --host says otherwise.
"""

from keras_semsynth.commands.command import Command
from keras_semsynth.page.server import serve

main = Command(serve, __doc__, short=("run", "host", "port"))
