"""Home, and what `streamlit run app.py` starts."""

import streamlit as st

from cnnviz import ui

if __name__ != "__main__":
    # Streamlit's launcher imports this file to find the server; visits run it as a script.
    app = st.App(__file__, lifespan=ui.lifespan)
else:
    ui.home()
