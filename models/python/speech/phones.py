"""Phones: one alphabet (IPA letters), what each letter does to a mouth, and the synthesisers' own labels in that alphabet."""

import unicodedata
from dataclasses import dataclass

from speech.audio import Label

SILENCE = "_"


@dataclass(frozen=True)
class Shape:
    """What a letter asks of the mouth: targets 0..1 and how strongly each is asked for (jaw, wide, round, upper, tongue)."""

    kind: str
    target: tuple[float, float, float, float, float]
    strength: tuple[float, float, float, float, float]


SHAPES: dict[str, Shape] = {}
"""By IPA letter. Vowels own the jaw and the rounding; consonants own what their constriction needs and yield the rest."""


def _vowel(letters: str, jaw: float, wide: float, rounding: float, upper: float = 0.1, tongue: float = 0.0) -> None:
    for letter in letters:
        SHAPES[letter] = Shape("vowel", (jaw, wide, rounding, upper, tongue), (1, 1, 1, 0.8, 0.5))


def _consonant(letters: str, kind: str, target: tuple, strength: tuple) -> None:
    for letter in letters:
        SHAPES[letter] = Shape(kind, target, strength)


_vowel("aäɐ", 0.85, 0.25, 0, 0.2)
_vowel("ɑA", 0.95, 0.05, 0.05, 0.15)
_vowel("æ", 0.80, 0.45, 0, 0.3)
_vowel("ʌ", 0.62, 0.12, 0, 0.15)
_vowel("ɛε", 0.55, 0.45, 0, 0.2)
_vowel("e", 0.42, 0.60, 0, 0.2)
_vowel("ɪ", 0.28, 0.50, 0, 0.15)
_vowel("iɩ", 0.20, 0.80, 0, 0.2, 0.1)
_vowel("əɘ", 0.32, 0.12, 0.08)
_vowel("ɜɝɚɞ", 0.38, 0.05, 0.30)
_vowel("ɨɯɤᵻ", 0.22, 0.30, 0.10)
_vowel("ʉɵ", 0.25, 0, 0.75)
_vowel("ɔ", 0.65, 0, 0.60)
_vowel("ɒ", 0.80, 0, 0.35)
_vowel("o", 0.45, 0, 0.80)
_vowel("ʊ", 0.25, 0, 0.65)
_vowel("u", 0.15, 0, 0.95)
_vowel("yʏ", 0.15, 0, 0.95)
_vowel("ø", 0.35, 0, 0.80)
_vowel("œɶ", 0.50, 0, 0.60)
_vowel("ɥ", 0.10, 0, 1.0)
_consonant("pbmɓ", "bilabial", (0.10, 0.05, 0.05, 0, 0), (0.6, 0.10, 0.10, 0.2, 0.6))
_consonant("fvɱ", "labiodental", (0.12, 0.15, 0, 0.30, 0), (0.9, 0.2, 0.3, 0.8, 0.6))
_consonant("wʍ", "glide", (0.12, 0, 1.0, 0.05, 0), (0.7, 1, 1.2, 0.4, 0.6))
_consonant("ʋ", "lip glide", (0.15, 0.10, 0.2, 0.2, 0), (0.7, 0.3, 0.3, 0.6, 0.6))
_consonant("ɸβ", "lip glide", (0.12, 0.05, 0.3, 0, 0), (0.7, 0.2, 0.3, 0.2, 0.5))
_consonant("sz", "sibilant", (0.07, 0.40, 0, 0.25, 0.15), (1.0, 0.45, 0.25, 0.6, 0.6))
_consonant("ʃʒɕʑʂʐ", "sibilant", (0.10, 0, 0.55, 0.45, 0.1), (1.0, 0.5, 0.7, 0.8, 0.6))
_consonant("tdɗʈɖ", "stop", (0.15, 0.15, 0, 0.1, 0.60), (0.6, 0.12, 0.12, 0.2, 0.8))
_consonant("nɳ", "nasal", (0.18, 0.15, 0, 0.1, 0.65), (0.5, 0.12, 0.12, 0.2, 0.8))
_consonant("lɫɭɬɮ", "lateral", (0.28, 0.15, 0, 0.1, 0.95), (0.5, 0.12, 0.12, 0.2, 1))
_consonant("θð", "dental", (0.18, 0.15, 0, 0.1, 1.0), (0.7, 0.2, 0.15, 0.3, 1))
_consonant("ɾrɽʁʀɺ", "rhotic", (0.25, 0.10, 0.05, 0.1, 0.45), (0.45, 0.1, 0.1, 0.2, 0.5))
_consonant("ɹɻ", "rhotic", (0.22, 0, 0.45, 0.2, 0.15), (0.55, 0.4, 0.6, 0.4, 0.5))
_consonant("kgɡɢqɟc", "stop", (0.25, 0.12, 0, 0.1, 0), (0.30, 0.1, 0.1, 0.15, 0.3))
_consonant("ŋɲɴ", "nasal", (0.25, 0.15, 0, 0.1, 0.1), (0.30, 0.12, 0.1, 0.15, 0.3))
_consonant("xχɣħʕçʝ", "fricative", (0.28, 0.12, 0, 0.15, 0), (0.3, 0.12, 0.1, 0.2, 0.3))
_consonant("hɦ", "breath", (0.35, 0.1, 0, 0.1, 0), (0.10, 0.05, 0.05, 0.1, 0.2))
_consonant("j", "glide", (0.18, 0.60, 0, 0.15, 0.2), (0.5, 0.6, 0.5, 0.3, 0.4))
_consonant("ʎ", "glide", (0.22, 0.3, 0, 0.15, 0.7), (0.5, 0.6, 0.5, 0.3, 0.4))
_consonant("ʔ", "breath", (0.2, 0.1, 0, 0.1, 0), (0.05, 0.03, 0.03, 0.05, 0.05))
_consonant(SILENCE, "silence", (0, 0, 0, 0, 0), (1, 1, 1, 1, 1))

STOPS = frozenset("pbɓtdɗʈɖkgɡɢqɟc")
BILABIALS = frozenset("pbmɓ")
LABIODENTALS = frozenset("fvɱ")

_GROUPS = (
    "_ʔ p b mɓ fɸ vʋβɱ wʍɥ sz ʃʒɕʑʂʐ tʈ dɗɖ nɳ lɫɭɬɮ θð rɾʀʁɽɺ ɹɻ kq ɡgɢɟc ŋɲɴ xχɣħʕçʝhɦ jʎ "
    "iɩ ɪ e ɛε æ aäɐ ɑʌA ɔɒ o u ʊʉɵ yʏøœɶ əɘɜɝɚɞ ɨɯɤᵻ"
).split()
CLASS_OF: dict[str, int] = {letter: index for index, group in enumerate(_GROUPS) for letter in group}
"""The phone head's class of a letter; 0 is silence."""
CLASSES = len(_GROUPS)


def _table(text: str) -> dict[str, str]:
    return dict(entry.split("=") for entry in text.split())


def _english() -> dict[str, str]:
    return _table(
        "AA=ɑ AE=æ AH=ʌ AO=ɔ AW=aʊ AX=ə AY=aɪ B=b CH=tʃ D=d DH=ð DX=ɾ EH=ɛ EL=l EM=m EN=n ER=ɜɹ EY=eɪ F=f G=ɡ HH=h HV=h "
        "H=h IH=ɪ IX=ɪ IY=i JH=dʒ K=k L=l M=m N=n NX=ŋ NG=ŋ OW=oʊ OY=ɔɪ P=p R=ɹ S=s SH=ʃ T=t TH=θ UH=ʊ UW=u V=v W=w Y=j "
        "Z=z ZH=ʒ PAU=_ SIL=_ H#=_ BRTH=_ SSIL=_ #=_ +SPN+=_ +NSN+=_ <SIL>=_ (NULL)=_"
    )


def _italian() -> dict[str, str]:
    table = _table(
        "#=_ a=a e=e i=i o=o u=u E=ɛ O=ɔ j=j w=w p=p b=b t=t d=d k=k g=ɡ f=f v=v s=s z=z S=ʃ ts=ts dz=dz tS=tʃ dZ=dʒ "
        "m=m n=n J=ɲ ng=ŋ nf=ɱ l=l L=ʎ r=r"
    )
    return table | {vowel + "1": table[vowel] + "ː" for vowel in "aeiouEO"}


def _czech() -> dict[str, str]:
    return _table(
        "#=_ _=ʔ a=a e=ɛ i=ɪ o=o u=u a:=aː e:=ɛː i:=iː o:=oː u:=uː p=p b=b t=t d=d k=k g=ɡ t~=c d~=ɟ f=f v=v s=s z=z "
        "s~=ʃ z~=ʒ ch=x h=ɦ c=ts c~=tʃ dz=dz dz~=dʒ m=m n=n n~=ɲ n*=ŋ l=l r=r r~=rʒ r~*=rʃ j=j"
    )


def _finnish() -> dict[str, str]:
    table = _table(
        "#=_ ##=_ a=ɑ e=e i=i o=o u=u y=y @=æ 7=ø p=p b=b t=t d=d k=k g=ɡ T=t f=f v=ʋ s=s h=h m=m n=n N=ŋ l=l r=r j=j"
    )
    return table | {label + ":": letters + "ː" for label, letters in table.items()}


def _catalan() -> dict[str, str]:
    return _italian() | _table("pau=_ ax=ə rr=r Z=ʒ")


def _russian() -> dict[str, str]:
    table = _table(
        "pau=_ a=ʌ aa=a ae=ɪ ay=ə e=e ee=ɛ i=ɪ ii=i o=o oo=o u=u uu=u ur=ʊ y=ɨ yy=ɨ j=j p=p b=b t=t d=d k=k g=ɡ f=f v=v "
        "s=s z=z h=x m=m n=n l=l r=r sh=ʃ zh=ʒ ch=tɕ c=ts sch=ɕ"
    )
    return table | {letter * 2: table[letter] for letter in "pbtdkgfvszhmnlr"}


def _japanese() -> dict[str, str]:
    table = _table(
        "sil=_ pau=_ a=a i=i u=ɯ e=e o=o A=a I=i U=ɯ E=e O=o N=ɴ cl=ʔ k=k g=ɡ s=s z=z sh=ɕ j=dʑ t=t d=d ts=ts ch=tɕ n=n "
        "h=h f=ɸ b=b p=p m=m y=j r=ɾ w=w v=v"
    )
    return table | {letter + "y": table[letter] + "j" for letter in "kgnhbpmrdt"}


TABLES = {
    "en": _english(),
    "it": _italian(),
    "cs": _czech(),
    "fi": _finnish(),
    "ca": _catalan(),
    "ru": _russian(),
    "ja": _japanese(),
}
"""Labels of festival, flite, open_jtalk and cmudict, by language. espeak's labels are IPA already."""

_MODIFIERS = frozenset("ʰʲˠˤʼˀʱⁿˈˌ")


def to_ipa(label: str, table: str) -> str | None:
    """A label in IPA, or None if the table (a language, or "ipa") does not know it."""
    if table == "ipa":
        return label
    letters = TABLES[table]
    return letters.get(label, letters.get(label.upper()) if table == "en" else None)


def split_label(label: str, start: float, end: float, unknown: dict[str, int]) -> list[Label]:
    """An IPA string as single letters that share its time: a long mark counts 0.8 letters, what is not known is counted."""
    letters: list[str] = []
    shares: list[float] = []
    for char in unicodedata.normalize("NFD", label):
        if char in SHAPES:
            letters.append(char)
            shares.append(1.0)
        elif char == "ː" and letters:
            shares[-1] += 0.8
        elif char == "ʷ" and letters:
            letters.append("w")
            shares.append(0.5)
        elif char.isalpha() and not unicodedata.combining(char) and char not in _MODIFIERS:
            unknown[char] = unknown.get(char, 0) + 1
    if not letters:
        return [Label(SILENCE, start, end)]
    labels: list[Label] = []
    at = start
    for letter, share in zip(letters, shares, strict=True):
        until = at + (end - start) * share / sum(shares)
        labels.append(Label(letter, at, until))
        at = until
    return labels


NAMELESS_EVENT_S = 0.05
"""espeak emits events without a name (10 % of all, median 12 ms). Shorter than this they belong to the phone before."""


def to_letters(labels: list[Label], table: str, unknown: dict[str, int] | None = None) -> list[Label]:
    """A synthesiser's labels as single IPA letters, silences merged, empty ones dropped."""
    unknown = {} if unknown is None else unknown
    merged: list[Label] = []
    for label in labels:
        ipa = to_ipa(label.text, table)
        if ipa is None:
            unknown[label.text] = unknown.get(label.text, 0) + 1
            ipa = "ə"
        letters = split_label(ipa, label.start, label.end, unknown)
        nameless = all(letter.text == SILENCE for letter in letters)
        if table == "ipa" and merged and nameless and label.end - label.start < NAMELESS_EVENT_S:
            merged[-1] = merged[-1]._replace(end=label.end)
            continue
        for letter in letters:
            if letter.end - letter.start <= 1e-4:
                continue
            if merged and letter.text == SILENCE == merged[-1].text:
                merged[-1] = merged[-1]._replace(end=letter.end)
            else:
                merged.append(letter)
    return merged
