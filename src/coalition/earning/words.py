"""The rules behind awards, in the words of whoever reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, format_decimal, format_percent

from coalition.earning.rules import Step
from coalition.partners.terms import Promotion


@dataclass(frozen=True, slots=True)
class _Words:
    """Of one language. No noun goes with a number in them: none has to be bent."""

    rate: str
    share: str


_WORDS: Mapping[str, _Words] = MappingProxyType(
    {
        "en": _Words("{rate} for each {money}, rounded down", "{percent} of it"),
        "de": _Words("{rate} je {money}, abgerundet", "davon {percent}"),
        "es": _Words("{rate} por cada {money}, redondeado hacia abajo", "de ello, el {percent}"),
        "ar": _Words("{rate} لكل {money}، مع التقريب إلى الأدنى", "منها {percent}"),
    }
)
_WHOLE = Decimal(100)


def rule_in_words(step: Step, locale: str | None) -> str:
    """As `locale` writes it: as it is where it is spoken here, else its language without the
    country. Without one, and where neither is spoken, a text for developers that stays as it is.
    """
    found = _spoken(locale)
    if found is None:
        return _for_developers(step)
    words = _WORDS[found.language]
    text = words.rate.format(
        rate=format_decimal(step.points_per_unit, locale=found, decimal_quantization=False),
        money=format_currency(1, step.currency, locale=found),
    )
    if isinstance(step.rule, Promotion):
        text = f"{step.rule.name}: {text}"
    if step.percent is not None and step.percent != _WHOLE:
        percent = format_percent(step.percent / _WHOLE, locale=found, decimal_quantization=False)
        text = f"{text}; {words.share.format(percent=percent)}"
    return text


def _for_developers(step: Step) -> str:
    text = f"{step.points_per_unit:f} points per 1 {step.currency}, rounded down"
    if not isinstance(step.rule, Promotion):
        return text
    percent = step.percent or Decimal(0)
    return f"{step.rule.name}: {text}; {percent.normalize():f} % of it"


def _spoken(locale: str | None) -> Locale | None:
    try:
        found = Locale.parse(locale, sep="-") if locale else None
    except (ValueError, UnknownLocaleError):
        return None
    return found if found is not None and found.language in _WORDS else None
