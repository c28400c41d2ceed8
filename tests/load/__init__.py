"""What `make load` runs: a class of visitors on one server, over Streamlit's own protocol."""
