"""Short reviews and reading priorities, kept where your references already live."""

__version__ = "0.1.0"
