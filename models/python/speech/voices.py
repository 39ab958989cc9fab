"""The other synthesisers: festival, flite, open_jtalk. Each says when its phones end."""

import random
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from speech.audio import Label, Utterance, read_audio, to_int16

_SCHEME = """(define (say text file)
  (set! u (eval (list 'Utterance 'Text text)))
  (utt.synth u)
  (utt.save.wave u (string-append file ".wav"))
  (utt.save.segs u (string-append file ".seg")))
(voice_%s)
"""
_FESTIVAL_BATCH = 40
_FESTIVAL_TIMEOUT_S = 300
_MIN_SAMPLES = 12_000


@dataclass(frozen=True)
class FestivalVoice:
    name: str
    language: str
    encoding: str
    """What the voice's own letter-to-sound rules expect; in another encoding it spells letter names."""


FESTIVAL = (
    FestivalVoice("kal_diphone", "en", "ascii"),
    FestivalVoice("ked_diphone", "en", "ascii"),
    FestivalVoice("cmu_us_slt_arctic_hts", "en", "ascii"),
    FestivalVoice("lp_diphone", "it", "latin1"),
    FestivalVoice("pc_diphone", "it", "latin1"),
    FestivalVoice("czech_dita", "cs", "latin2"),
    FestivalVoice("czech_machac", "cs", "latin2"),
    FestivalVoice("czech_krb", "cs", "latin2"),
    FestivalVoice("czech_ph", "cs", "latin2"),
    FestivalVoice("hy_fi_mv_diphone", "fi", "latin1"),
    FestivalVoice("suo_fi_lj_diphone", "fi", "latin1"),
    FestivalVoice("upc_ca_ona_hts", "ca", "latin1"),
    FestivalVoice("msu_ru_nsh_clunits", "ru", "utf8"),
)
FLITE = ("kal16", "awb", "rms", "slt")


def _ends_to_labels(ends: list[tuple[str, float]]) -> list[Label]:
    starts = [0.0, *(end for _, end in ends)]
    return [Label(text, start, end) for (text, end), start in zip(ends, starts, strict=False)]


def festival(voice: FestivalVoice, texts: list[str], seconds: float, rng: random.Random) -> list[Utterance]:
    """Speaks texts until there are `seconds` of speech, at several paces."""
    spoken: list[Utterance] = []
    got_s = 0.0
    for first in range(0, len(texts), _FESTIVAL_BATCH):
        if got_s >= seconds:
            break
        batch = texts[first : first + _FESTIVAL_BATCH]
        with tempfile.TemporaryDirectory() as folder:
            script = (_SCHEME % voice.name).encode()
            for index, text in enumerate(batch):
                stretch = rng.choice([0.8, 0.9, 1, 1, 1.1, 1.25])
                try:
                    encoded = text.replace('"', "").replace("…", "...").replace("–", "-").encode(voice.encoding)
                except UnicodeEncodeError:
                    continue
                script += b"(Parameter.set 'Duration_Stretch %.2f)\n" % stretch
                script += b'(unwind-protect (say "%s" "%s/%d") nil)\n' % (encoded, folder.encode(), index)
            path = Path(folder) / "say.scm"
            path.write_bytes(script)
            command = ["timeout", str(_FESTIVAL_TIMEOUT_S), "festival", "-b", str(path)]
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            for index, text in enumerate(batch):
                wav, segments = Path(folder) / f"{index}.wav", Path(folder) / f"{index}.seg"
                if not (wav.exists() and segments.exists()):
                    continue
                rows = [line.split() for line in segments.read_text("latin1").split("\n")[1:]]
                pcm = to_int16(read_audio(wav))
                if len(pcm) < _MIN_SAMPLES:
                    continue
                labels = _ends_to_labels([(row[2], float(row[0])) for row in rows if len(row) >= 3])
                spoken.append(Utterance("festival", voice.name, voice.language, voice.language, pcm, labels, text))
                got_s += len(pcm) / 16000
    return spoken


def flite(voice: str, texts: list[str], seconds: float, rng: random.Random) -> list[Utterance]:
    spoken: list[Utterance] = []
    got_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        wav = f"{folder}/speech.wav"
        for text in texts:
            if got_s >= seconds:
                break
            stretch = rng.choice([0.8, 0.9, 1, 1, 1.1, 1.2])
            command = ["flite", "-voice", voice, "-psdur", "--setf", f"duration_stretch={stretch}", "-t", text, wav]
            printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            ends = [(phone, float(end)) for phone, end in re.findall(r"(\S+):([\d.]+)", printed)]
            if len(ends) < 8:
                continue
            pcm = to_int16(read_audio(Path(wav)))
            spoken.append(Utterance("flite", voice, "en", "en", pcm, _ends_to_labels(ends), text))
            got_s += len(pcm) / 16000
    return spoken


def open_jtalk(dictionary: Path, voice: Path, texts: list[str], seconds: float, rng: random.Random) -> list[Utterance]:
    """Japanese, at several paces, pitches and vocal tract lengths (the all-pass constant alpha)."""
    spoken: list[Utterance] = []
    got_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        source, wav, trace = Path(folder) / "in.txt", Path(folder) / "out.wav", Path(folder) / "trace.txt"
        for text in texts:
            if got_s >= seconds:
                break
            source.write_text(text + "\n")
            pace, semitones, alpha = rng.choice([0.8, 0.9, 1, 1.1, 1.2]), rng.uniform(-6, 4), rng.uniform(0.50, 0.60)
            command = ["open_jtalk", "-x", str(dictionary), "-m", str(voice), "-r", str(pace), "-fm", f"{semitones:.1f}"]
            command += ["-a", f"{alpha:.3f}", "-ow", str(wav), "-ot", str(trace), str(source)]
            if subprocess.run(command, capture_output=True, check=False).returncode != 0:
                continue
            section = trace.read_text().split("[Output label]")[1].split("[Global")[0]
            rows = [line.split() for line in section.strip().split("\n")]
            ends = [(re.search(r"-(.+?)\+", row[2])[1], int(row[1]) / 1e7) for row in rows if len(row) >= 3]
            pcm = to_int16(read_audio(wav))
            if not ends or len(pcm) < _MIN_SAMPLES:
                continue
            spoken.append(Utterance("open_jtalk", voice.stem, "ja", "ja", pcm, _ends_to_labels(ends), text))
            got_s += len(pcm) / 16000
    return spoken
