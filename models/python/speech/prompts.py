"""Human speech: the studio prompts of Debian's asterisk-core-sounds-*-g722.

English (Allison Smith, CC-BY-SA-3.0) is aligned with pocketsphinx and only ever measured on. Italian (Carlo) and Russian
(Maxim) are CC-BY-3.0; no transcript of theirs is in any Debian package, so they are training speech without labels.

    python -m speech.prompts WORK --transcripts core-sounds-en.txt
"""

import argparse
import pickle
import re
from pathlib import Path

import numpy as np

from speech.audio import Label, Utterance, read_g722, to_int16
from speech.targets import label_lag

SOUNDS = Path("/usr/share/asterisk/sounds")
ENGLISH = SOUNDS / "en_US_f_Allison"
UNLABELLED = {"it": SOUNDS / "it_IT_m_Carlo", "ru": SOUNDS / "ru_RU_f_IvrvoiceRU"}

NOT_SPEECH = re.compile(r"silence/|beep|tone|tt-monkeys|tt-allbusy|ascii")

_DIGITS = "zero one two three four five six seven eight nine".split()
_PAD_S = 0.3
"""The aligner wants some quiet at both ends."""
_MAX_LAG_MS, _MIN_AGREEMENT = 25, 0.6


def words(transcript: str) -> list[str]:
    """A line of core-sounds-en.txt as dictionary words."""
    text = re.sub(r"\[.*?\]|\(.*?\)|\.\.\.", "", transcript).replace("#", "pound").replace("*", "star")
    text = text.replace("www.asterisk.org", "w w w dot asterisk dot org")
    text = re.sub(r"(\d)", lambda digit: f" {_DIGITS[int(digit[1])]} ", text).lower().replace("-", " ")
    text = text.replace("a.m.", "a m").replace("p.m.", "p m")
    return [word.strip("'") for word in re.findall(r"[a-z']+", text)]


def read_transcripts(path: Path) -> dict[str, str]:
    matches = (re.match(r"^([\w/.-]+): (.*)$", line.strip()) for line in path.read_text("utf8").splitlines())
    return {match[1].replace(".wav", ""): match[2] for match in matches if match}


class Aligner:
    """pocketsphinx's forced alignment with its own English model: words, then phones on a 10 ms grid."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder, get_model_path

        model = Path(get_model_path("en-us"))
        self._dictionary = model / "cmudict-en-us.dict"
        self._new = lambda: Decoder(hmm=str(model / "en-us"), dict=str(self._dictionary), lm=None, loglevel="FATAL")
        self.known = {line.split()[0] for line in self._dictionary.read_text("utf8").splitlines() if line.strip()}

    def align(self, pcm: np.ndarray, text: list[str]) -> list[Label] | None:
        pad = np.random.RandomState(0).randint(-8, 8, int(_PAD_S * 16000)).astype(np.int16)
        audio = np.concatenate([pad, pcm, pad]).tobytes()
        decoder = self._new()
        try:
            decoder.set_align_text(" ".join(text))
            self._decode(decoder, audio)
            if decoder.hyp() is None:
                return None
            decoder.set_alignment()
            self._decode(decoder, audio)
            phones = [phone for word in decoder.get_alignment() for phone in word]
        except RuntimeError:
            return None
        end_s = len(pcm) / 16000
        labels = []
        for phone in phones:
            start = max(0.0, phone.start * 0.01 - _PAD_S)
            end = min((phone.start + phone.duration) * 0.01 - _PAD_S, end_s)
            if end > start:
                labels.append(Label(phone.name, start, end))
        return labels if len(labels) >= 3 else None

    @staticmethod
    def _decode(decoder, audio: bytes) -> None:
        decoder.start_utt()
        decoder.process_raw(audio, full_utt=True)
        decoder.end_utt()


def aligned_english(transcripts: Path) -> list[Utterance]:
    """The English prompts whose every word is known and whose loudness agrees with the alignment."""
    aligner = Aligner()
    aligned: list[Utterance] = []
    for key, transcript in sorted(read_transcripts(transcripts).items()):
        path = ENGLISH / f"{key}.g722"
        text = words(transcript)
        if not path.exists() or key.startswith(("silence", "letters/ascii")):
            continue
        if not text or any(word not in aligner.known for word in text):
            continue
        pcm = to_int16(read_g722(path))
        labels = aligner.align(pcm, text) if len(pcm) > 8000 else None
        if labels is None:
            continue
        utterance = Utterance("human", "allison", "en", "en", pcm, labels, " ".join(text), loose=True)
        lag_ms, agreement = label_lag(utterance)
        if abs(lag_ms) <= _MAX_LAG_MS and agreement > _MIN_AGREEMENT:
            aligned.append(utterance)
    return aligned


def unlabelled(language: str) -> list[Utterance]:
    """A language's prompts, as utterances without labels."""
    folder = UNLABELLED[language]
    found: list[Utterance] = []
    for path in sorted(folder.rglob("*.g722")):
        if NOT_SPEECH.search(str(path.relative_to(folder))):
            continue
        pcm = to_int16(read_g722(path))
        if len(pcm) > 4000:
            found.append(Utterance("human", folder.name, language, "ipa", pcm, [], path.stem))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--transcripts", type=Path, required=True, help="core-sounds-en.txt of the upstream archive")
    options = parser.parse_args()
    (options.work / "corpus").mkdir(parents=True, exist_ok=True)
    parts = {"human-en": aligned_english(options.transcripts)}
    parts |= {f"human-{language}": unlabelled(language) for language in UNLABELLED}
    for name, utterances in parts.items():
        with (options.work / "corpus" / f"{name}.pkl").open("wb") as file:
            pickle.dump(utterances, file)
        print(f"{name}: {len(utterances)} utterances, {sum(len(u.pcm) for u in utterances) / 960_000:.1f} min")


if __name__ == "__main__":
    main()
