"""LangSmith's protocol over HTTP, for the unmodified SDK: `app.build` is the application, `serving.serve` runs it."""
