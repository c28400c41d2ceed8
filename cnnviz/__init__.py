"""Convolution layers that people can touch: the core, the figures and the pages' parts of cnnviz."""

__version__ = "0.1.0"
