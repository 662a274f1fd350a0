"""x"""


class LocalApi:
    """x"""

    def handle(self, r): ...
    def reset(self): ...
