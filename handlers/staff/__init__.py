"""What colleagues do with cases, from the desk or from their chats."""


class Refused(Exception):
    """It cannot be done; the text says why, in the colleague's language."""
