"""What nobody expected: the traceback goes to the log, its number to the visitor.

Pages catch what a visitor can mend. Anything else is our mistake, and its details are the
operator's: they may name files, or quote what somebody typed.
"""

import logging
import secrets

import streamlit as st
from streamlit.errors import FragmentHandledException
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state import WStates

from cnnviz.classifier import ClassifierError
from cnnviz.mnist import MnistError

# Files that a server may lack, or have damaged: there is nothing that a visitor can mend.
FILES = {"mnist.npz": "the file with MNIST's digits", "classifier.keras": "the trained network"}
_LOG = logging.getLogger("streamlit.error_util")  # where Streamlit writes uncaught exceptions


def explain_error(error: Exception) -> bool:
    """Tell the visitor what to do, and the number under which the log has the traceback.

    Streamlit calls it for each exception that no page caught, after writing the traceback.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    bool
        True: Streamlit shows nothing of its own.
    """
    if isinstance(error, FragmentHandledException):
        return True  # told in the fragment inside, where it arose
    _start_again_from_the_address()
    st.error(f"{_said(error)} **{error_number(error)}**: it finds the cause in the log.")
    return True


def _said(error: Exception) -> str:
    if isinstance(error, (ClassifierError, MnistError)) and error.field in FILES:
        return (
            f"{error.field}, {FILES[error.field]}, is missing or damaged on this server, and what "
            "you opened needs it. Nothing you did is wrong, and pages that do without it work: "
            "choose one in the menu. Tell whoever runs this server the number"
        )
    return (
        "Something went wrong here, and not by anything you did. Your work is in this page's "
        "address: reload the page to have it back. If that does not help, open the address without "
        "its question mark and what follows, and tell whoever runs this server the number"
    )


def _start_again_from_the_address() -> None:
    """Forget the visit, so that what brought the mistake about is not kept for its next run."""
    context = get_script_run_ctx()
    if context is not None:
        state = context.session_state._state
        # `clear` reads each value before it goes, and one that cannot be read may be the cause.
        state._new_widget_state = WStates()
        state.clear()


def error_number(error: BaseException) -> str:
    """Give an exception a number, eight digits that can be read out; each has one only.

    Examples
    --------
    >>> error = ValueError("once")
    >>> error_number(error) == error_number(error)
    True
    """
    digits = secrets.token_hex(4).upper()
    number: str = vars(error).setdefault("cnnviz_number", f"{digits[:4]}-{digits[4:]}")
    return number


def number_the_log() -> None:
    """Let Streamlit write an exception's number before its traceback, and each once."""
    if _write_number not in _LOG.filters:
        _LOG.addFilter(_write_number)


def _write_number(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, FragmentHandledException):
        return False
    if error is not None:
        record.msg = f"Error {error_number(error)}: {record.msg}"
    return True
