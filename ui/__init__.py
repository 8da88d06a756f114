"""The application in a browser: Streamlit pages over the public Python API (`vademecum.Notebook`), and nothing else.

`vade ui` starts `app.py`. Pages are in `views/`, one file each; what several pages show (citations, the source beside
them, the list of documents) is a module here. What a document, a model or a person wrote is only ever shown as text:
by the components in `assets/`, which set `textContent`, or through `vademecum.ui.escaping`.
"""
