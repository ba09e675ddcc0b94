"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`where`: "line 2", "line 2, row 17", "totals", "taxes", "signature", "file", ..."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"
