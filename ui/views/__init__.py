"""The pages. To add one, add a file here:

    TITLE = "Library"
    ICON = ":material/folder:"
    POSITION = 2                              # in the navigation, from 1: the one shown first

    def show(notes: Notebook) -> None: ...    # draws the page; raises VademecumError, which is shown in one line

The file's name is the page's address (`library.py` is at /library); the first page is also at /.
"""
