"""Check codes: what makes the address of a certificate's public page impossible to guess."""

import re
import secrets

#: Crockford's letters: no I, L, O or U, so that a code can be read aloud and typed.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # 80 bits
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SHAPE = re.compile(f"[{_LETTERS}]{{{LENGTH}}}")


def new_check_code() -> str:
    """A new code of 16 letters and digits: 80 random bits."""
    bits = secrets.randbits(5 * LENGTH)
    return "".join(_LETTERS[bits >> 5 * place & 31] for place in range(LENGTH))


def in_groups(code: str) -> str:
    """The code as it is printed, in groups of four: `7K4M-2Q9X-PR3T-8H6W`."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def parse_check_code(text: str) -> str | None:
    """The code that somebody typed, in any case, with or without hyphens and blanks; None when it is none."""
    code = re.sub(r"[\s-]", "", text).upper().translate(_READ_AS)
    return code if _SHAPE.fullmatch(code) else None
