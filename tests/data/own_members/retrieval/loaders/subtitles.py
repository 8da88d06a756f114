"""Subtitles, without their numbers and times."""

import re

from langchain_core.documents import Document

from vademecum.retrieval.loaders._file import FileLoader

SUFFIXES = (".srt",)


class Loader(FileLoader):
    def lazy_load(self):
        lines = self.content.decode("utf-8").splitlines()
        spoken = [line for line in lines if line and not re.fullmatch(r"\d+|.* --> .*", line)]
        yield Document("\n".join(spoken), metadata={"title": "Subtitles", "pages": None, "page_starts": None})
