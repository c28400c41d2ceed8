"""One slider and one text: what Streamlit alone needs to answer."""

import streamlit as st

if __name__ == "__main__":
    st.text(f"The slider stands at {st.slider('slider', 1, 6)}")
