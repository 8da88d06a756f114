"""`python -m vademecum.tracing.server HOME IDLE_SECONDS`: the server that the application starts for itself."""

import os
import sys
from pathlib import Path

from vademecum.core.settings import load_settings
from vademecum.tracing.server.serving import serve

if __name__ == "__main__":
    os.umask(0o077)  # whoever started it may have another
    serve(load_settings(home=Path(sys.argv[1])), idle_seconds=float(sys.argv[2]))
