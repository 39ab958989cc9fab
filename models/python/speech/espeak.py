"""espeak-ng through its library: PCM and the phoneme events, as IPA with sample positions.

The command line cannot do this: `--pho` prints nothing without an mbrola voice.
"""

import ctypes
from functools import cache

import numpy as np

from speech.audio import Label, Utterance, resample, to_int16
from speech.phones import SILENCE

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_PHONEME_EVENTS_AS_IPA = 1 | 2
_EVENT_END, _EVENT_PHONEME = 0, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_POS_CHARACTER, _UTF8 = 1, 1


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int), ("sample", ctypes.c_int), ("user", ctypes.c_void_p), ("id", _Id),
    ]  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """The library holds one global voice, so there is one of these in a process: `espeak()`."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._library.espeak_SetSynthCallback.argtypes = [_Callback]
        self._library.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        self._rate_hz = self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, None, _PHONEME_EVENTS_AS_IPA)
        self._pcm: list[np.ndarray] = []
        self._events: list[tuple[int, str]] = []
        self._callback = _Callback(self._on_audio)
        self._library.espeak_SetSynthCallback(self._callback)

    def _on_audio(self, samples, count: int, events) -> int:
        if count > 0 and samples:
            self._pcm.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                name = ctypes.string_at(ctypes.addressof(event.id), 8).split(b"\0")[0]
                self._events.append((event.sample, name.decode("utf8", "replace") or SILENCE))
            index += 1
        return 0

    def speak(self, text: str, voice: str, rate_wpm: int = 175, pitch: int = 50, pitch_range: int = 50) -> Utterance | None:
        """The text in a voice such as "it+Andrea"; None if the voice is unknown or says next to nothing."""
        self._pcm.clear()
        self._events.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        self._library.espeak_SetParameter(_RATE, rate_wpm, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._library.espeak_SetParameter(_RANGE, pitch_range, 0)
        encoded = text.encode() + b"\0"
        self._library.espeak_Synth(encoded, len(encoded), 0, _POS_CHARACTER, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        pcm = np.concatenate(self._pcm) if self._pcm else np.zeros(0, np.int16)
        if len(self._events) < 8 or len(pcm) < self._rate_hz:
            return None
        pcm = to_int16(resample(pcm.astype(np.float32) / 32767, self._rate_hz))
        starts = [sample / self._rate_hz for sample, _ in self._events] + [len(pcm) / 16000]
        labels = [Label(SILENCE, 0.0, starts[0])] if starts[0] > 0 else []
        labels += [Label(name, *times) for (_, name), times in zip(self._events, zip(starts, starts[1:]), strict=False)]
        return Utterance("espeak", voice, voice.split("+")[0], "ipa", pcm, labels, text)


@cache
def espeak() -> Espeak:
    return Espeak()


VARIANTS = (
    "adam Alex Alicia Andrea Andy Annie antonio aunty belinda benjamin boris caleb david Denis Diogo ed edward gustave "
    "Henrique Hugo iven iven2 Jacky john Lee linda marcelo Marco Mario max Michael michel miguel Nguyen pablo paul pedro "
    "quincy rob robert steph steph2 steph3 Tweaky zac anika f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 grandpa grandma klatt "
    "klatt2 klatt3 klatt4 norbert sandro shelby travis victor"
).split()
"""Vocal tracts and voice qualities. `whisper` and `croak` are left out: their closures are not to be heard."""

LANGUAGES = (
    "af ar az bg bn bs ca cmn cs cy da de el en-gb en-us en-gb-scotland en-gb-x-rp eo es es-419 et eu fa fi fr-fr ga gu he "
    "hi hr hu hy id is it ja ka kn ko lt lv mk ml mr ms nb ne nl pa pl pt pt-br ro ru sk sl sq sr sv sw ta te tr uk ur vi"
).split()
TEXT_LANGUAGE = {
    "cmn": "zh_CN", "en-gb": "en", "en-us": "en", "en-gb-scotland": "en", "en-gb-x-rp": "en", "es-419": "es",
    "fr-fr": "fr", "pt-br": "pt_BR",
}  # fmt: skip
"""espeak's languages whose gettext folder has another name."""
