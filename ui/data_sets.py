"""The data sets of the workspace: show the rows of one, add one, remove one."""

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.evaluation import data_set_folder, data_sets
from vademecum.evaluation.cases import DataSet
from vademecum.measuring import QUESTIONS
from vademecum.ui import figures, frame
from vademecum.ui.address_choice import pick
from vademecum.ui.escaping import plain, show_error

ROWS_SHOWN = 500


def show(notebook: Notebook) -> None:
    """Draw the part."""
    home = notebook.settings.home
    entries = data_set_folder.files(home, [QUESTIONS])
    _add(notebook)
    if not entries:
        frame.empty(
            "No data sets yet",
            'A data set is a .jsonl or .csv file of questions with what is right: "id", "question", and "evidence", '
            '"answer", "relevant" or "spans". Add one above.',
        )
        return
    by_name = {entry.name: entry for entry in entries}
    selected_entry = by_name[pick("Data set", {name: name for name in by_name}, "data")]
    try:
        data_set = data_sets.read(str(selected_entry.file))
    except VademecumError as error:
        show_error(error)
        return
    _rows(data_set)
    if selected_entry.own and st.button(
        "Remove this data set", icon=":material/delete:", type="tertiary", key="remove-data"
    ):
        _confirm_removal(notebook, selected_entry.name)


def _add(notebook: Notebook) -> None:
    with st.popover("Add a data set", icon=":material/add:", width="content"):
        figures.note(
            'One row a question: "id", "question", and what is right: "evidence", "answer", "relevant" or "spans".'
        )
        file = st.file_uploader(
            "A .jsonl or .csv file", type=["jsonl", "csv"], max_upload_size=data_set_folder.MAX_MB, key="data-file"
        )
        if file is not None and st.button("Keep it in the workspace", type="primary", key="data-keep"):
            try:
                entry, _ = data_set_folder.add(notebook.settings.home, file.name, file.getvalue())
            except VademecumError as error:
                show_error(error)
                return
            st.query_params["data"] = entry.name
            st.rerun()


def _rows(data_set: DataSet) -> None:
    answerable = sum(case.answerable is not False for case in data_set.cases)
    count = len(data_set.cases)
    summary = f"{count} questions, {count - answerable} of them without an answer in the documents"
    figures.note(f"{summary}. Fingerprint {data_set.fingerprint}.")
    st.dataframe(
        [
            {"Id": case.id, "Question": case.question, "What is right": case.right, "Kind": case.kind}
            for case in data_set.cases[:ROWS_SHOWN]
        ],
        hide_index=True,
        height=430 if len(data_set.cases) > 11 else "content",
        column_config={
            "Id": st.column_config.TextColumn(width="small"),
            "Question": st.column_config.TextColumn(width="large"),
            "What is right": st.column_config.TextColumn(width="large"),
        },
        alt="The questions of this data set, with what is right",
    )
    if len(data_set.cases) > ROWS_SHOWN:
        figures.note(f"The first {ROWS_SHOWN} of {len(data_set.cases)}.")


@st.dialog("Remove this data set?")
def _confirm_removal(notebook: Notebook, name: str) -> None:
    st.markdown(f"**{plain(name)}** is deleted from the workspace. Experiments made on it stay.")
    if st.button("Remove", type="primary", key="remove-data-confirmed"):
        data_set_folder.remove(notebook.settings.home, name)
        st.query_params.pop("data", None)
        st.rerun()
