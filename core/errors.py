"""The whole error tree. Every message says what is wrong, with which value, and what to do about it.

    VademecumError              exit 1
    ├── UsageError              exit 2: the call itself is off (an empty question, an unknown name)
    │   └── SettingsError       a setting has a value that cannot be used; names the setting
    ├── DocumentError           one file cannot be read; carries `.path`; never stops an ingestion
    ├── WorkspaceError          the workspace is missing, unwritable, locked, of a newer version
    │   └── EmptyWorkspaceError nothing has been ingested yet
    ├── PromptError             a prompt file is missing, or its inputs differ from what it is given
    ├── TraceError              a run, project, data set or frame cannot be had or kept; carries `.status` (HTTP)
    ├── ModelError              a model cannot be loaded or did not answer
    │   └── WeightsError        the weights are not the ones that were pinned, or cannot be had
    │       └── PullStoppedError    a person stopped the download of a model; what has come is kept
    └── ToolError               for the model to read and correct itself

Caught in four places only: the command, the page, the tool node, the evaluation row.
"""


class VademecumError(Exception):
    """Base of all errors that are ours: one line, fit to be shown to a person."""

    exit_code = 1


class UsageError(VademecumError):
    """The call is off; the same call will fail again until it is corrected."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown, or its value cannot be used."""


class DocumentError(VademecumError):
    """One document cannot be read. `path` is the file, `reason` fits behind its name in a list."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class WorkspaceError(VademecumError):
    """The workspace cannot be used as it is."""


class EmptyWorkspaceError(WorkspaceError):
    """Nothing has been ingested yet."""


class PromptError(VademecumError):
    """A prompt file is missing or broken, or is given other inputs than it declares."""


class TraceError(VademecumError):
    """A run, project, data set, prompt or frame cannot be had or kept as asked. `status` is what HTTP calls it."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class ModelError(VademecumError):
    """A model cannot be loaded, or did not answer."""


class WeightsError(ModelError):
    """The weights on disk are not the ones that were pinned."""


class PullStoppedError(WeightsError):
    """A person stopped the download of a model; what has come is kept."""


class ToolError(VademecumError):
    """A tool could not do what was asked; the text is for the model, which may correct itself."""
