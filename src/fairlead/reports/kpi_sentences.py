"""A number in sentences: what it rests on, how sure it is, target, baseline and warnings."""

from __future__ import annotations

from fairlead.kernel.measure import KpiCard, Measure
from fairlead.kernel.wording import amount, counted, interval, target_words, words
from fairlead.reports.kpi_definition import Definition
from fairlead.reports.misses import improvement_words


def sentences_of(measure: Measure, card: KpiCard, definition: Definition | None) -> list[str]:
    return [
        _interval_sentence(measure, card),
        _target_sentence(measure, card),
        _baseline_sentence(measure, card),
        f"Trend: {card.trend.explanation}." if card.trend else "",
        "A proxy: it stands for what this source does not know."
        if definition and definition.basis == "proxy"
        else "",
        *[f"Warning: {_warning(text)}." for text in measure.warnings],
    ]


def _warning(text: str) -> str:
    name, _, rest = text.partition(": ")
    return f"{words(name)}: {rest}" if rest else words(name)


def _interval_sentence(measure: Measure, card: KpiCard) -> str:
    if measure.value is None:
        return f"There is no value: {words(measure.reason or 'reason unknown')}. It is not zero."
    if measure.low is None or measure.high is None:
        return f"No 95 % interval: {words(measure.interval_reason or 'too few')} (n {measure.n:,})."
    return f"95 % interval {interval(measure, card.unit)} (n {measure.n:,})."


def _target_sentence(measure: Measure, card: KpiCard) -> str:
    target = target_words(measure.target, card.unit, card.direction)
    if measure.target is None or not target:
        usual = f" Usual: {card.default_target}." if card.default_target else ""
        return f"No target is declared for this scope.{usual}"
    place = f", declared in {measure.target.declared_at}" if measure.target.declared_at else ""
    proven = {
        True: " The whole interval meets it.",
        False: " The interval reaches past it, so this is not proven.",
        None: "",
    }[measure.is_target_proven]
    return f"Target {target}{place}.{proven}"


def _baseline_sentence(measure: Measure, card: KpiCard) -> str:
    if measure.baseline_value is None or measure.value is None:
        return ""
    label = measure.target.baseline_label if measure.target else None
    before = f"In {label}" if label else "In the period before"
    told = measure.details.get("is_distinguishable")
    sure = {None: "", 1.0: ", more than chance explains", 0.0: ", no more than chance explains"}
    change = improvement_words(measure.improvement_ratio)
    if card.direction == "band":
        change = "for comparison"
    value = amount(measure.baseline_value, card.unit)
    return f"{before} it was {value}: {change}{sure.get(told, '')}."


def basis_words(measure: Measure, card: KpiCard, definition: Definition | None) -> str:
    """What a value rests on: `38 of 254`, `254 in 92 days`, `median of 254`."""
    if measure.value is None:
        return ""
    form = definition.form if definition else "ratio" if card.unit == "ratio" else ""
    if form == "ratio" and measure.numerator is not None and measure.denominator is not None:
        return f"{measure.numerator:,.0f} of {measure.denominator:,.0f}"
    if form == "rate" and measure.denominator:
        return f"{measure.n:,} in {counted(measure.denominator, 'day')}"
    if form == "duration" and definition:
        return f"{words(definition.statistic)} of {measure.n:,}"
    return f"n {measure.n:,}"
