"""Text as every bank carries it: letters without marks, digits and some signs. Pure.

Source: EPC217-08, the SEPA requirements for an extended character set; the set of SWIFT's MT.
"""

import re

from text_unidecode import unidecode

_FOREIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_SIGNS = str.maketrans({"&": "+", "_": "-", "@": "(at)", '"': "'", ";": ",", "[": "(", "]": ")"})


def bank_text(text: str, longest: int, *, otherwise: str = "NOTPROVIDED") -> str:
    """`text` in those characters, cut to `longest`; `otherwise` when nothing of it is left.

    A slash at an end, or two together, is a field's end to some banks.
    """
    plain = _FOREIGN.sub(" ", unidecode(text).translate(_SIGNS))
    plain = re.sub(r"/{2,}", "/", re.sub(r" +", " ", plain)).strip("/ ")
    return plain[:longest].rstrip("/ ") or otherwise
