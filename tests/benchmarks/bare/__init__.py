"""A bare Streamlit page in a folder of its own, where this project's settings do not reach."""
