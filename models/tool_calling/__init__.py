"""Tool calls of a very small model: which tool a request wants, and the arguments that the request gives it."""
