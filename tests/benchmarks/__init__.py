"""What `make bench` measures: figures of one run, held against each other."""
