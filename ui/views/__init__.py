"""The pages. To add one, add a file here:

    TITLE = "Library"
    ICON = ":material/folder:"
    POSITION = 2                              # in the navigation, from 1: the one shown first
    WIDTH = "50rem"                           # of the column; may be left out (ui/frame.py)

    def show(notebook: Notebook) -> None: ... # draws the page; raises VademecumError, which is shown in one line

The file's name is the page's address (`library.py` is at /library, `prompt_lab.py` at /prompt-lab); the first page is
at /. The rest of its state (which run, which filter) is in query parameters. Pages begin with
`frame.heading`, use `frame.empty` while they have nothing to show, and link to others by `frame.link`.
"""

from vademecum.core.plugins import Members

members = Members("ui.views")
