"""Convolution layers that people can touch: the core, the figures and parts of the pages."""
