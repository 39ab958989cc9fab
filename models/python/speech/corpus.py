"""Makes the speech: every voice of every synthesiser, about eight hours, in eight minutes of one core.

    python -m speech.corpus WORK [--espeak-seconds 150] [--seconds 600]

writes WORK/corpus/NAME.pkl, each a list of `Utterance`. Deterministic but for the versions of the Debian packages.
"""

import argparse
import pickle
import random
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from speech import voices
from speech.audio import Utterance
from speech.espeak import LANGUAGES, TEXT_LANGUAGE, VARIANTS, espeak
from speech.text import english_phrases, sentences, word_salads

OPEN_JTALK_DICTIONARY = Path("/var/lib/mecab/dic/open-jtalk/naist-jdic")

FAVOURED = {"awb": 1.5, "rms": 1.5, "cmu_us_slt_arctic_hts": 0.6}
"""Share of the usual time: natural voices more, what is only measured less."""


def load(work: Path, *names: str) -> list[Utterance]:
    utterances: list[Utterance] = []
    for name in names:
        with (work / "corpus" / f"{name}.pkl").open("rb") as file:
            utterances += pickle.load(file)
    return utterances


def espeak_speech(seconds: float) -> list[Utterance]:
    """Sixty languages, three times as much English, each sentence in another voice at another pace and pitch."""
    rng = random.Random(7)
    spoken: list[Utterance] = []
    for language in LANGUAGES:
        texts = sentences(TEXT_LANGUAGE.get(language, language), 1500 if language.startswith("en") else 200)
        if len(texts) < 20:
            continue
        rng.shuffle(texts)
        wanted_s = seconds * (3 if language.startswith("en") else 1)
        for text in texts:
            if wanted_s <= 0:
                break
            voice = f"{language}+{rng.choice(VARIANTS)}" if rng.random() < 0.9 else language
            utterance = espeak().speak(text, voice, rng.randint(120, 230), rng.randint(20, 75), rng.randint(20, 80))
            if utterance is not None:
                spoken.append(utterance)
                wanted_s -= len(utterance.pcm) / 16000
    return spoken


def festival_speech(seconds: float) -> list[Utterance]:
    rng = random.Random(5)
    by_language: dict[str, int] = {}
    spoken: list[Utterance] = []
    for voice in voices.FESTIVAL:
        place = by_language.setdefault(voice.language, 0)
        by_language[voice.language] += 1
        texts = sentences(voice.language, 2000)[300 * place : 300 * place + 300]
        spoken += voices.festival(voice, texts, seconds * FAVOURED.get(voice.name, 1), rng)
    return spoken


def flite_speech(seconds: float) -> list[Utterance]:
    rng = random.Random(6)
    texts = sentences("en", 2400)[900:]
    spoken: list[Utterance] = []
    for place, voice in enumerate(voices.FLITE):
        some = texts[350 * place : 350 * place + 350]
        spoken += voices.flite(voice, some, seconds * FAVOURED.get(voice, 1), rng)
    return spoken


def japanese_speech(seconds: float) -> list[Utterance]:
    """The voice `mei` comes in the wheel pyopenjtalk-plus; Debian has the program and its dictionary only."""
    wheel = find_spec("pyopenjtalk")
    if wheel is None:
        raise SystemExit("pip install pyopenjtalk-plus: it has the voice mei")
    voice = next(Path(wheel.submodule_search_locations[0]).rglob("mei_normal.htsvoice"))
    texts = sentences("ja", 300)
    return voices.open_jtalk(OPEN_JTALK_DICTIONARY, voice, texts, seconds, random.Random(8))


def salad_speech(espeak_seconds: float, seconds: float) -> list[Utterance]:
    """Words in no order, by the voices that are trained on: as many words as possible rather than as many sentences."""
    rng = random.Random(9)
    by_language: dict[str, int] = {}
    spoken: list[Utterance] = []
    for voice in voices.FESTIVAL:
        if "slt" in voice.name or voice.language == "ru":
            continue
        place = by_language.setdefault(voice.language, 0)
        by_language[voice.language] += 1
        spoken += voices.festival(voice, word_salads(voice.language, 800)[200 * place : 200 * place + 200], seconds, rng)
    texts = word_salads("en", 1500)[800:]
    for place, voice in enumerate(voice for voice in voices.FLITE if voice != "slt"):
        spoken += voices.flite(voice, texts[200 * place : 200 * place + 200], seconds * 1.5, rng)
    for language in LANGUAGES:
        if language in ("ru", "ja"):
            continue
        wanted_s = espeak_seconds * (3 if language.startswith("en") else 1)
        for text in word_salads(TEXT_LANGUAGE.get(language, language), 120):
            if wanted_s <= 0:
                break
            voice = f"{language}+{rng.choice(VARIANTS)}"
            utterance = espeak().speak(text, voice, rng.randint(120, 220), rng.randint(20, 75), rng.randint(20, 80))
            if utterance is not None:
                spoken.append(utterance)
                wanted_s -= len(utterance.pcm) / 16000
    return spoken


def english_speech(seconds: float) -> list[Utterance]:
    """More English by the voices that are trained on, most of it by the two that sound least like machines."""
    rng = random.Random(10)
    texts = sentences("en", 20_000)[2400:]
    phrases = english_phrases(len(texts) // 2)
    mixed = [text for group in zip(texts[::2], texts[1::2], phrases, strict=False) for text in group]
    shares = {"awb": 10.0, "rms": 10.0, "kal16": 1.0, "kal_diphone": 1.0, "ked_diphone": 1.0}
    spoken: list[Utterance] = []
    for place, (name, share) in enumerate(shares.items()):
        some = mixed[place :: len(shares)]
        if name in voices.FLITE:
            spoken += voices.flite(name, some, seconds * share, rng)
        else:
            voice = next(voice for voice in voices.FESTIVAL if voice.name == name)
            spoken += voices.festival(voice, some, seconds * share, rng)
    return spoken


PARTS: dict[str, Callable[[argparse.Namespace], list[Utterance]]] = {
    "flite": lambda options: flite_speech(options.seconds),
    "festival": lambda options: festival_speech(options.seconds),
    "japanese": lambda options: japanese_speech(options.seconds),
    "espeak": lambda options: espeak_speech(options.espeak_seconds),
    "salad": lambda options: salad_speech(options.espeak_seconds / 3, options.seconds / 2),
    "english": lambda options: english_speech(options.seconds),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--espeak-seconds", type=float, default=150, help="a language")
    parser.add_argument("--seconds", type=float, default=600, help="a voice")
    parser.add_argument("--part", choices=PARTS, action="append")
    options = parser.parse_args()
    (options.work / "corpus").mkdir(parents=True, exist_ok=True)
    for name in options.part or PARTS:
        spoken = PARTS[name](options)
        with (options.work / "corpus" / f"{name}.pkl").open("wb") as file:
            pickle.dump(spoken, file)
        print(f"{name}: {len(spoken)} utterances, {sum(len(u.pcm) for u in spoken) / 960_000:.0f} min", flush=True)


if __name__ == "__main__":
    main()
