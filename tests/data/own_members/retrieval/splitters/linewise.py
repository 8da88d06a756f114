"""Each line is a passage."""

import re

from vademecum.retrieval.splitters import Cutting, Splitter
from vademecum.retrieval.splitters._stretches import stretchwise


def build(cutting: Cutting) -> Splitter:
    return stretchwise(lambda text, blocks: (line.span() for line in re.finditer(r".+\n*", text)))
