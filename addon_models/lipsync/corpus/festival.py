# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of Festival and of Flite: recorded diphones and statistical voices, whose labels are exact."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import soundfile

from core.recording.second_ear import ARPABET
from corpus.clip import Clip, make_clip

_ENGLISH = {name.lower(): ipa for name, ipa in ARPABET.items()} | {
    "ax": "ə", "axr": "ɜ", "dx": "ɾ", "el": "l", "em": "m", "en": "n", "nx": "n", "hv": "h", "er": "ɜ",
    "pau": "", "h#": "", "brth": "", "ssil": "", "ah": "ʌ",
}  # fmt: skip
_ITALIAN = {c: c for c in "ieaouptkbdfsvzmnlrjw"} | {
    "E": "ɛ", "O": "ɔ", "g": "ɡ", "S": "ʃ", "Z": "ʒ", "ts": "ts", "tS": "tʃ", "dz": "dz", "dZ": "dʒ", "J": "ɲ",
    "ng": "ŋ", "nf": "m", "L": "ʎ", "#": "",
}  # fmt: skip
_CATALAN = {c: c for c in "abdefijklmnoprstuwzv"} | {
    "ax": "ə", "E": "ɛ", "O": "ɔ", "g": "ɡ", "J": "ɲ", "L": "ʎ", "rr": "r", "r": "ɾ", "S": "ʃ", "Z": "ʒ",
    "pau": "", "_": "", "#": "",
}  # fmt: skip
_CZECH = {c: c for c in "abdefijklmnoprstuvz"} | {
    "#": "", "_": "", "e": "ɛ", "i": "ɪ", "i:": "i", "e:": "ɛ", "a:": "a", "o:": "o", "u:": "u", "c": "ts", "c~": "tʃ",
    "ch": "x", "d~": "ɟ", "dz": "dz", "dz~": "dʒ", "g": "ɡ", "h": "h", "n*": "ŋ", "n~": "ɲ", "r~": "ʒ", "r~*": "ʃ",
    "s~": "ʃ", "t~": "c", "z~": "ʒ",
}  # fmt: skip
_FINNISH = {c: c for c in "aeiouyptkbdfsmnlrjw"} | {
    "@": "æ", "7": "ø", "&": "ə", "g": "ɡ", "T": "θ", "S": "ʃ", "Z": "ʒ", "D": "ð", "h": "h", "v": "v", "N": "ŋ",
    "L": "ʎ", "##": "", "#": "",
}  # fmt: skip
_INDIC = {
    "a": "ə", "aa": "a", "ih": "ɪ", "iy": "i", "uh": "ʊ", "uw": "u", "eh": "ɛ", "ee": "e", "ay": "ɛ", "oh": "o",
    "oo": "o", "aw": "ɔ", "f": "f", "k": "k", "g": "ɡ", "ch": "tʃ", "T": "t", "D": "d", "N": "n", "th": "t", "dh": "d",
    "n": "n", "p": "p", "b": "b", "m": "m", "y": "j", "r": "r", "l": "l", "v": "v", "L": "l", "R": "r", "s": "s",
    "sh": "ʃ", "j": "dʒ", "h": "h", "x": "x", "kh": "k", "gh": "ɡ", "td": "t", "tth": "t", "ddh": "d", "bh": "b",
    "zh": "z", "@": "ə", "pau": "", "w": "w",
}  # fmt: skip
_RUSSIAN_PAIRS = {c: c for c in "pbtdkfvszmnlr"} | {"g": "ɡ"}
_RUSSIAN = (
    _RUSSIAN_PAIRS
    | {2 * name: ipa for name, ipa in _RUSSIAN_PAIRS.items()}
    | {
        "ii": "i", "yy": "ɨ", "uu": "u", "oo": "o", "ee": "ɛ", "aa": "a", "a": "ʌ", "e": "ɪ", "i": "ɪ", "y": "ɨ",
        "u": "ʊ", "ae": "ə", "ay": "ə", "ur": "ʊ", "c": "ts", "ch": "tʃ", "sh": "ʃ", "sch": "ʃ", "zh": "ʒ", "h": "x",
        "hh": "x", "j": "j", "pau": "",
    }
)  # fmt: skip

# Festival's voice: language of its texts (CLDR), encoding, phones. What is marked as held out is not trained on.
VOICES: dict[str, tuple[str, str, dict[str, str]]] = {
    "kal_diphone": ("en", "ascii", _ENGLISH),
    "ked_diphone": ("en", "ascii", _ENGLISH),
    "cmu_us_slt_arctic_hts": ("en", "ascii", _ENGLISH),
    "lp_diphone": ("it", "latin-1", _ITALIAN),
    "pc_diphone": ("it", "latin-1", _ITALIAN),
    "upc_ca_ona_hts": ("ca", "latin-1", _CATALAN),
    "czech_dita": ("cs", "iso8859-2", _CZECH),
    "czech_krb": ("cs", "iso8859-2", _CZECH),
    "czech_machac": ("cs", "iso8859-2", _CZECH),
    "czech_ph": ("cs", "iso8859-2", _CZECH),
    "suo_fi_lj_diphone": ("fi", "latin-1", _FINNISH),
    "hy_fi_mv_diphone": ("fi", "latin-1", _FINNISH),
    "hindi_NSK_diphone": ("hi", "utf-8", _INDIC),
    "marathi_NSK_diphone": ("mr", "utf-8", _INDIC),
    "telugu_NSK_diphone": ("te", "utf-8", _INDIC),
    "msu_ru_nsh_clunits": ("ru", "utf-8", _RUSSIAN),
}
FLITE_VOICES = ("kal16", "awb", "rms", "slt")


def speak(voice: str, texts: Sequence[str], stretch: float) -> Iterator[Clip]:
    """Texts by one of Festival's voices, as slow as ``stretch``; texts that it cannot say are left out."""
    language, encoding, table = VOICES[voice]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [f"(voice_{voice})", f"(Parameter.set 'Duration_Stretch {stretch:.2f})"]
        for number, text in enumerate(texts):
            said = text.replace("\\", "").replace('"', "")
            lines += [
                f'(unwind-protect (begin (set! u (utt.synth (Utterance Text "{said}")))'
                f' (utt.save.wave u "{folder}/{number}.wav" \'riff) (utt.save.segs u "{folder}/{number}.segs")) nil)'
            ]
        script = folder / "script.scm"
        script.write_bytes("\n".join(lines).encode(encoding, "ignore"))
        subprocess.run(["festival", "-b", str(script)], capture_output=True, check=False, timeout=600)
        for number in range(len(texts)):
            wave, segments = folder / f"{number}.wav", folder / f"{number}.segs"
            if not wave.is_file() or not segments.is_file():
                continue
            ends = [line.split() for line in segments.read_text("latin-1").splitlines()]
            ends = [(float(parts[0]), parts[2]) for parts in ends if len(parts) == 3]
            yield from _labelled(wave, ends, table, f"festival/{language}/{voice}")


def speak_flite(voice: str, text: str, stretch: float) -> Iterator[Clip]:
    """A text by one of Flite's English voices."""
    with tempfile.TemporaryDirectory() as name:
        wave = Path(name, "speech.wav")
        pace = ["--setf", f"duration_stretch={stretch:.2f}"]
        command = ["flite", "-voice", voice, "-psdur", *pace, "-t", text, "-o", wave]
        made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        pairs = [token.rsplit(":", 1) for token in made.stdout.split() if ":" in token]
        if wave.is_file() and pairs:
            ends = [(float(end), phone) for phone, end in pairs]
            yield from _labelled(wave, ends, _ENGLISH, f"flite/en/{voice}")


def _labelled(path: Path, ends: list[tuple[float, str]], table: dict[str, str], source: str) -> Iterator[Clip]:
    wave, rate = soundfile.read(path, dtype="float32")
    starts: list[tuple[float, str]] = []
    at = 0.0
    for end, name in ends:
        ipa = table.get(name)
        if ipa is None:
            ipa = table.get(name.rstrip("0123456789:"))
        if ipa is None:
            return  # a sound that has no place in the table: better no clip than a wrong one
        starts.append((at, ipa))
        at = end
    if starts and len(wave) > rate // 2 and at >= ends[0][0]:
        yield make_clip(wave, rate, starts, source)
