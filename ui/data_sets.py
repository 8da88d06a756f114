"""The data sets at hand: their rows, adding one, removing one."""

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


def show(notes: Notebook) -> None:
    """Draw the part."""
    home = notes.settings.home
    known = data_set_folder.files(home, [QUESTIONS])
    _add(notes)
    if not known:
        frame.empty(
            "No data sets yet",
            'A data set is a .jsonl or .csv file of questions with what is right: "id", "question", and "evidence", '
            '"answer", "relevant" or "spans". Add one above.',
        )
        return
    named = {it.name: it for it in known}
    chosen = named[pick("Data set", {name: name for name in named}, "data")]
    try:
        data = data_sets.read(str(chosen.file))
    except VademecumError as error:
        show_error(error)
        return
    _rows(data)
    if chosen.own and st.button("Remove this data set", icon=":material/delete:", type="tertiary", key="remove-data"):
        _confirm_removal(notes, chosen.name)


def _add(notes: Notebook) -> None:
    with st.popover("Add a data set", icon=":material/add:", width="content"):
        figures.note(
            'One row a question: "id", "question", and what is right: "evidence", "answer", "relevant" or "spans".'
        )
        file = st.file_uploader(
            "A .jsonl or .csv file", type=["jsonl", "csv"], max_upload_size=data_set_folder.MAX_MB, key="data-file"
        )
        if file is not None and st.button("Keep it in the workspace", type="primary", key="data-keep"):
            try:
                kept, _ = data_set_folder.add(notes.settings.home, file.name, file.getvalue())
            except VademecumError as error:
                show_error(error)
                return
            st.query_params["data"] = kept.name
            st.rerun()


def _rows(data: DataSet) -> None:
    answerable = sum(case.answerable is not False for case in data.cases)
    told = f"{len(data.cases)} questions, {len(data.cases) - answerable} of them without an answer in the documents"
    figures.note(f"{told}. Fingerprint {data.fingerprint}.")
    st.dataframe(
        [
            {"Id": case.id, "Question": case.question, "What is right": case.right, "Kind": case.kind}
            for case in data.cases[:ROWS_SHOWN]
        ],
        hide_index=True,
        height=430 if len(data.cases) > 11 else "content",
        column_config={
            "Id": st.column_config.TextColumn(width="small"),
            "Question": st.column_config.TextColumn(width="large"),
            "What is right": st.column_config.TextColumn(width="large"),
        },
        alt="The questions of this data set, with what is right",
    )
    if len(data.cases) > ROWS_SHOWN:
        figures.note(f"The first {ROWS_SHOWN} of {len(data.cases)}.")


@st.dialog("Remove this data set?")
def _confirm_removal(notes: Notebook, name: str) -> None:
    st.markdown(f"**{plain(name)}** is deleted from the workspace. Experiments made on it stay.")
    if st.button("Remove", type="primary", key="remove-data-confirmed"):
        data_set_folder.remove(notes.settings.home, name)
        st.query_params.pop("data", None)
        st.rerun()
