"""Sentences to speak: the translated messages of the system's own gettext catalogues (about 90 languages)."""

import gettext
import random
import re
from pathlib import Path

LOCALES = Path("/usr/share/locale")
_UNSPEAKABLE = re.compile(r'[%<>{}\\|_/@#=\[\]*$&^~`"«»„“”()\d]|--')
_ENGLISH = re.compile(r"^[A-Za-z ,.;:!?'-]+$")
_ENGLISH_FROM = ("de", "fr", "cs")


def _speakable(message: str) -> str | None:
    """The message on one line if it is 25..160 characters without digits or markup."""
    message = re.sub(r"\s+", " ", message).strip()
    return message if 25 < len(message) < 160 and not _UNSPEAKABLE.search(message) else None


def _messages(language: str) -> list[tuple[str, str]]:
    """(original, translation) of every catalogue of a language, in a fixed order."""
    pairs: list[tuple[str, str]] = []
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.mo")):
        try:
            with path.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)._catalog
        except (OSError, UnicodeDecodeError, ValueError):
            continue
        for key, value in catalogue.items():
            original = key[0] if isinstance(key, tuple) else key
            if isinstance(original, str) and isinstance(value, str):
                pairs.append((original, value))
    return pairs


def sentences(language: str, limit: int) -> list[str]:
    """Translated sentences of a language (English: the originals), shuffled by a fixed seed."""
    found: set[str] = set()
    if language == "en":
        for source in _ENGLISH_FROM:
            for original, _ in _messages(source):
                sentence = _speakable(original.split("\x04")[-1])
                if sentence and _ENGLISH.match(sentence):
                    found.add(sentence)
    else:
        for original, translation in _messages(language):
            sentence = _speakable(translation)
            if sentence and translation != original:
                found.add(sentence)
    chosen = sorted(found)
    random.Random(1).shuffle(chosen)
    return chosen[:limit]


_WORD = re.compile(r"^\w[\w'’-]*$")
_LIPS = re.compile(r"[pbmfvwпбмфв]")


def word_salads(language: str, count: int) -> list[str]:
    """Four to nine words each, drawn evenly from all the words of a language's messages: messages repeat the same few words,
    and a mouth learned on them knows those. Words that need lips come twice as often."""
    words: set[str] = set()
    for sentence in sentences(language, 20_000):
        words.update(word.lower() for word in sentence.strip(".,;:!?").split() if _WORD.match(word))
    known = sorted(word for word in words if len(word) > 2)
    if len(known) < 200:
        return []
    rng = random.Random(2)
    weights = [2 if _LIPS.search(word) else 1 for word in known]
    return [" ".join(rng.choices(known, weights, k=rng.randint(4, 9))) + "." for _ in range(count)]


_ENGLISH_GLUE = (
    "of the", "of the", "of a", "of", "of our", "have", "have been", "over the", "every", "very", "even", "never", "ever", "above",
    "from the", "for a", "for the", "if the", "if we", "before", "after", "with the", "to be", "by the", "but", "from my", "give",
)  # fmt: skip
"""What English is held together by; of its v, most are here."""


def english_phrases(count: int) -> list[str]:
    """Words of the messages, two or three at a time, between the small words that messages have less of than talk does."""
    words: set[str] = set()
    for sentence in sentences("en", 20_000):
        words.update(word.lower() for word in sentence.strip(".,;:!?").split() if _WORD.match(word))
    known = sorted(word for word in words if len(word) > 2)
    rng = random.Random(3)
    weights = [2 if _LIPS.search(word) else 1 for word in known]
    phrases = []
    for _ in range(count):
        parts: list[str] = []
        for _ in range(rng.randint(2, 4)):
            parts += [*rng.choices(known, weights, k=rng.randint(1, 3)), rng.choice(_ENGLISH_GLUE)]
        phrases.append(" ".join([*parts, rng.choice(known)]) + ".")
    return phrases


UNRELATED_SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "Four hours of steady work faced us.",
    "The box was thrown beside the parked truck.",
    "A large size in stockings is hard to sell.",
    "The boy was there when the sun rose.",
    "A rod is used to catch pink salmon.",
    "The source of the huge river is the clear spring.",
    "Help the woman get back to her feet.",
    "A pot of tea helps to pass the evening.",
    "Smoky fires lack flame and heat.",
    "The soft cushion broke the man's fall.",
    "The salt breeze came across from the sea.",
    "Every victory over five brave wolves was very fair.",
    "The small pup gnawed a hole in the sock.",
    "Press the pants and sew a button on the vest.",
    "The swan dive was far short of perfect.",
    "The beauty of the view stunned the young boy.",
    "Move the vat over the hot fire.",
)
"""Mostly Harvard sentences (IEEE, 1969): words that the messages, and so the training speech, do not repeat."""
