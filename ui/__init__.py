"""The application in a browser: Streamlit pages over the public Python API (`vademecum.Notebook`), and nothing else.

`vade ui` runs `app.py`, which calls `navigation`. Pages are in `views/`, one file each; what several pages show
(citations, the source beside them, the list of documents) is a module here. Long work runs as a job (`jobs`).
What a document, a model or a person wrote is shown as text only: by the components in `assets/`, which set
`textContent`, or through `vademecum.ui.escaping`.
"""
