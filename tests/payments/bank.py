"""A bank in memory: it takes our files as a bank does, and answers with camt and pain documents."""

from dataclasses import dataclass, field, replace
from itertools import count
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

ACCOUNT = "DE89370400440532013000"
_SPACE = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True)
class Instruction:
    """What one transaction of our file asks for; a collected one is a credit to our account."""

    message_id: str
    end_to_end_id: str
    amount: str
    currency: str
    is_credit: bool
    reference: str = ""
    returned: str | None = None
    remittance: str | None = None
    account: str | None = None  # at the other end
    is_referenced: bool = True  # by the bank itself
    day: str = "2026-11-05"

    def unreferenced(self) -> "Instruction":
        """As banks tell of it that give their bookings no reference of their own."""
        return replace(self, is_referenced=False)

    def with_amount(self, amount: str) -> "Instruction":
        return replace(self, amount=amount)

    def back(self, reason: str = "AC04") -> "Instruction":
        """The same money the other way round."""
        return replace(self, is_credit=not self.is_credit, returned=reason, reference="")


@dataclass
class Bank:
    account: str = ACCOUNT
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def takes(self, content: bytes) -> list[Instruction]:
        """Each transaction of a pain file, once the sums of its header are seen to be right."""
        root = fromstring(content)
        space = f"{{{root.tag[1:].partition('}')[0]}}}"
        is_debit = "pain.008" in root.tag

        def text(inside: Element, tag: str) -> str:
            return next(inside.iter(f"{space}{tag}")).text or ""

        message_id = text(root, "MsgId")
        tag = "DrctDbtTxInf" if is_debit else "CdtTrfTxInf"
        found = [
            Instruction(
                message_id,
                text(one, "EndToEndId"),
                text(one, "InstdAmt"),
                next(one.iter(f"{space}InstdAmt")).get("Ccy", ""),
                is_debit,
            )
            for one in root.iter(f"{space}{tag}")
        ]
        assert text(root, "NbOfTxs") == str(len(found))
        return found

    def statement(
        self,
        *moved: Instruction,
        account: str | None = None,
        version: str = "08",
        number: int | None = None,
    ) -> bytes:
        """A camt.053 with one entry for each; `number`: of a statement that is sent again."""
        entries = "".join(self._entry(one) for one in moved)
        number = number or next(self._numbers)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{_SPACE}camt.053.001.{version}'
            f'"><BkToCstmrStmt><GrpHdr><MsgId>STMT-{number}</MsgId>'
            "<CreDtTm>2026-11-05T06:00:00</CreDtTm></GrpHdr><Stmt>"
            f"<Id>{number}</Id><Acct><Id><IBAN>{account or self.account}</IBAN></Id></Acct>"
            f"{entries}</Stmt></BkToCstmrStmt></Document>"
        ).encode()

    def notification(self, *moved: Instruction) -> bytes:
        """A camt.054 of one booking that holds them all."""
        parts = "".join(self._part(one) for one in moved)
        number = next(self._numbers)
        first = moved[0]
        total = sum(round(float(one.amount) * 100) for one in moved)
        return (
            f'<Document xmlns="{_SPACE}camt.054.001.08"><BkToCstmrDbtCdtNtfctn>'
            f"<GrpHdr><MsgId>NTF-{number}</MsgId></GrpHdr><Ntfctn>"
            f"<Acct><Id><IBAN>{self.account}</IBAN></Id></Acct><Ntry>"
            f'<Amt Ccy="{first.currency}">{total // 100}.{total % 100:02}</Amt>'
            f"<CdtDbtInd>{'CRDT' if first.is_credit else 'DBIT'}</CdtDbtInd>"
            f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{first.day}</Dt></BookgDt>"
            f"<NtryDtls>{parts}</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
        ).encode()

    def rejects(self, *refused: Instruction, whole: bool = False, reason: str = "AC01") -> bytes:
        """A pain.002 about the transactions of a file, or about the file as a whole."""
        number = next(self._numbers)
        state = "RJCT" if whole else "PART"
        why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>"
        each = "".join(
            f"<TxInfAndSts><OrgnlEndToEndId>{one.end_to_end_id}</OrgnlEndToEndId>"
            f"<TxSts>RJCT</TxSts>{why}</TxInfAndSts>"
            for one in refused
        )
        details = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>1</OrgnlPmtInfId>{each}</OrgnlPmtInfAndSts>"
        return (
            f'<Document xmlns="{_SPACE}pain.002.001.10"><CstmrPmtStsRpt>'
            f"<GrpHdr><MsgId>STS-{number}</MsgId></GrpHdr><OrgnlGrpInfAndSts>"
            f"<OrgnlMsgId>{refused[0].message_id}</OrgnlMsgId><GrpSts>{state}</GrpSts>"
            f"{why if whole else ''}</OrgnlGrpInfAndSts>{'' if whole else details}"
            "</CstmrPmtStsRpt></Document>"
        ).encode()

    def _entry(self, one: Instruction) -> str:
        reversal = "<RvslInd>true</RvslInd>" if one.returned else ""
        return (
            f'<Ntry><Amt Ccy="{one.currency}">{one.amount}</Amt>'
            f"<CdtDbtInd>{'CRDT' if one.is_credit else 'DBIT'}</CdtDbtInd>{reversal}"
            f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.day}</Dt></BookgDt>"
            f"{self._reference(one)}<NtryDtls>{_details(one)}</NtryDtls></Ntry>"
        )

    def _part(self, one: Instruction) -> str:
        back = f"<RtrInf><Rsn><Cd>{one.returned}</Cd></Rsn></RtrInf>" if one.returned else ""
        return (
            f"<TxDtls><Refs>{self._reference(one)}"
            f"<EndToEndId>{one.end_to_end_id}</EndToEndId></Refs>"
            f'<Amt Ccy="{one.currency}">{one.amount}</Amt>{back}</TxDtls>'
        )

    def _reference(self, one: Instruction) -> str:
        if not one.is_referenced:
            return ""
        return f"<AcctSvcrRef>{one.reference or f'BANK-{next(self._numbers)}'}</AcctSvcrRef>"


def _details(one: Instruction) -> str:
    back = f"<RtrInf><Rsn><Cd>{one.returned}</Cd></Rsn></RtrInf>" if one.returned else ""
    text = f"<RmtInf><Ustrd>{one.remittance}</Ustrd></RmtInf>" if one.remittance else ""
    whose = "DbtrAcct" if one.is_credit else "CdtrAcct"
    parties = (
        f"<RltdPties><{whose}><Id><IBAN>{one.account}</IBAN></Id></{whose}></RltdPties>"
        if one.account
        else ""
    )
    return (
        f"<TxDtls><Refs><EndToEndId>{one.end_to_end_id}</EndToEndId></Refs>{parties}{text}{back}"
        "</TxDtls>"
    )


def transfer_in(number: str, amount: str, currency: str) -> Instruction:
    """A payer's own transfer, with the statement's number in its text and no id of ours."""
    return Instruction(
        "", "NOTPROVIDED", amount, currency, is_credit=True,
        remittance=f"Our payment for {number}, thank you",
    )  # fmt: skip
