"""The script that Streamlit runs for `vade ui`, anew at each interaction; the pages are drawn by `navigation`."""

import os
import sys

# At each run Streamlit puts this folder first on the path, where a module of ours would hide a library of its name.
_HERE = os.path.realpath(os.path.dirname(__file__))
sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder) != _HERE]

from vademecum.ui import navigation  # noqa: E402

if __name__ == "__main__":
    navigation.show(sys.argv[1:])
