"""Home, and what `streamlit run app.py` starts."""

import streamlit as st
from starlette.middleware import Middleware

from cnnviz import ui

if __name__ != "__main__":
    # Streamlit's launcher imports this file to find the server; visits run it as a script.
    app = st.App(
        __file__,
        lifespan=ui.lifespan,
        middleware=[
            Middleware(ui.OwnPagesOnly),
            Middleware(ui.NothingBelow),
            Middleware(ui.FewFiles),
        ],
        routes=ui.routes,
        on_script_error=ui.explain_error,
    )
else:
    ui.home()
