"""Numbers in words, English and German, for what no voice reads rightly by itself: ordinals, years, amounts."""

from __future__ import annotations

__all__ = ["english_cardinal", "english_ordinal", "english_year", "german_cardinal", "german_ordinal", "german_year"]

LARGEST = 10**12 - 1


def _words(text: str) -> list[str]:
    return text.split()


_ONES = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _words("- - twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_EINS = _words(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
)
_ZEHNER = _words("- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_ERSTE = {1: "erste", 3: "dritte", 7: "siebte", 8: "achte"}


def english_cardinal(number: int) -> str:
    """A whole number of at most 10¹² in words.

    >>> english_cardinal(1204), english_cardinal(-21)
    ('one thousand two hundred four', 'minus twenty-one')
    """
    if number < 0:
        return f"minus {english_cardinal(-number)}"
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    size, name = next(
        (s, n) for s, n in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")) if number >= s
    )
    rest = f" {english_cardinal(number % size)}" if number % size else ""
    return f"{english_cardinal(number // size)} {name}{rest}"


def english_ordinal(number: int) -> str:
    """A rank in words.

    >>> english_ordinal(21), english_ordinal(112), english_ordinal(40)
    ('twenty-first', 'one hundred twelfth', 'fortieth')
    """
    words = english_cardinal(number)
    start = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[start:]
    return words[:start] + (_ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"))


def english_year(year: int) -> str:
    """A year as it is read.

    >>> english_year(1985), english_year(2026), english_year(1905), english_year(2000), english_year(1900)
    ('nineteen eighty-five', 'twenty twenty-six', 'nineteen oh five', 'two thousand', 'nineteen hundred')
    """
    high, low = divmod(year, 100)
    if not 1100 <= year <= 2099 or 2000 <= year <= 2009:
        return english_cardinal(year)
    if low == 0:
        return f"{english_cardinal(high)} hundred"
    return f"{english_cardinal(high)} {'oh ' if low < 10 else ''}{english_cardinal(low)}"


def german_cardinal(number: int, *, last: str = "eins") -> str:
    """A whole number of at most 10¹² in words; ``last`` is its one, before a noun ``ein`` or ``eine``.

    >>> german_cardinal(21), german_cardinal(1101), german_cardinal(2_000_001)
    ('einundzwanzig', 'eintausendeinhunderteins', 'zwei Millionen eins')
    """
    if number < 0:
        return f"minus {german_cardinal(-number, last=last)}"
    if number == 1:
        return last
    if number < 20:
        return _EINS[number]
    if number < 100:
        return (f"{_EINS[number % 10]}und" if number % 10 else "") + _ZEHNER[number // 10]
    for size, name in ((1000, "tausend"), (100, "hundert")):
        if size <= number < 1000 * size and number < 10**6:
            rest = german_cardinal(number % size, last=last) if number % size else ""
            return german_cardinal(number // size, last="ein") + name + rest
    size, one, many = (10**9, "Milliarde", "Milliarden") if number >= 10**9 else (10**6, "Million", "Millionen")
    count = number // size
    rest = f" {german_cardinal(number % size, last=last)}" if number % size else ""
    return f"{german_cardinal(count, last='eine')} {one if count == 1 else many}{rest}"


def german_ordinal(number: int) -> str:
    """A rank in words, as after an article.

    >>> german_ordinal(1), german_ordinal(21), german_ordinal(103), german_ordinal(100)
    ('erste', 'einundzwanzigste', 'einhundertdritte', 'einhundertste')
    """
    low = number % 100
    if 1 <= low <= 19:
        head = german_cardinal(number - low) if number > low else ""
        return head + (_ERSTE.get(low) or f"{_EINS[low]}te")
    return f"{german_cardinal(number)}ste"


def german_year(year: int) -> str:
    """A year as it is read.

    >>> german_year(1985), german_year(2026), german_year(1900)
    ('neunzehnhundertfünfundachtzig', 'zweitausendsechsundzwanzig', 'neunzehnhundert')
    """
    if 1100 <= year <= 1999:
        return f"{german_cardinal(year // 100)}hundert{german_cardinal(year % 100) if year % 100 else ''}"
    return german_cardinal(year)
