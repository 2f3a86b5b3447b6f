"""The tables of the papers, row by row, with the experiments that make them.

A file a paper. User studies are left out: nothing here measures them.
"""

from keras_semsynth.presets.tables import ccfpse
from keras_semsynth.presets.tables import dpgan
from keras_semsynth.presets.tables import dpgan_supplement
from keras_semsynth.presets.tables import oasis
from keras_semsynth.presets.tables import scgan
from keras_semsynth.presets.tables import spade
from keras_semsynth.presets.tables.table import Row
from keras_semsynth.presets.tables.table import Table
from keras_semsynth.presets.tables.table import Variant

TABLES = (
    *spade.TABLES,
    *ccfpse.TABLES,
    *oasis.TABLES,
    *dpgan.TABLES,
    *dpgan_supplement.TABLES,
    *scgan.TABLES,
)

__all__ = ["TABLES", "Row", "Table", "Variant"]
