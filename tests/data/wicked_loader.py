"""Files of Python that are run as they are read: what a library that a document has taken over could do."""

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from langchain_core.documents import Document

from vademecum.retrieval.loaders._file import FileLoader

SUFFIXES = (".wicked",)


class Loader(FileLoader):
    def lazy_load(self):
        names = {"os": os, "sys": sys, "tempfile": tempfile, "time": time, "ctypes": ctypes, "Path": Path}
        names |= {"subprocess": subprocess, "self": self, "text": "some text", "starts": None, "places": ()}
        exec(self.content, names)
        metadata = {"title": "t", "page_starts": names["starts"], "pages": None, "places": names["places"]}
        yield Document(names["text"], metadata=metadata)
