"""Why a file that was sent is not taken, whatever it is about."""

from coalition.kit.errors import Refusal


class FileBroken(Refusal):
    """The file cannot be read as a whole, and nothing of it counts.

    `line`: where, from 1, in the unpacked file; None when it is no line's fault.
    """

    code = "FILE_BROKEN"

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class FileTooLarge(FileBroken):
    """The file is larger than one may be: as it is sent, unpacked, or in rows."""

    code = "FILE_TOO_LARGE"


class FileNotAsAnnounced(Refusal):
    """The file that came has another SHA-256, or other rows, than was announced."""

    code = "FILE_NOT_AS_ANNOUNCED"


class ChecksumNotAllowed(Refusal):
    """The announced SHA-256 is not 64 hexadecimal digits."""

    code = "CHECKSUM_NOT_ALLOWED"


class UploadReplaced(Refusal):
    """Another sending of the file began later and has taken the place of this one."""

    code = "UPLOAD_REPLACED"


class ContractBroken(FileBroken):
    """The file does not keep to its contract of header, rows and trailer; nothing of it counts."""

    code = "FILE_CONTRACT_BROKEN"

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message if line is None else f"Line {line}: {message}", line=line)


class TrailerWrong(ContractBroken):
    """The trailer's count or sums are not those of the rows: some are missing or were changed."""

    code = "FILE_TRAILER_WRONG"


class FormulaInFile(ContractBroken):
    """A text begins like a formula that a spreadsheet would run."""

    code = "FILE_FORMULA"
