"""``python -m bibnotes``."""

from .cli import main

main()
