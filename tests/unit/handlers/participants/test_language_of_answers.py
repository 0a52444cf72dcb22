"""The keys `language` and `texts` of the answers of /next: additive, and no more than the page needs."""

from __future__ import annotations

from tests.support.moto_world import MotoWorld, entry

OWN = {"submit": "Weiter", "notice.closed": "Vorbei."}


def test_an_english_study_without_own_texts_has_neither_key(world: MotoWorld) -> None:
    world.register(entry())
    assert not {"language", "texts"} & set(world.get())


def test_the_page_gets_the_language_and_only_the_texts_that_it_shows(world: MotoWorld) -> None:
    world.register(entry(language="de", texts=OWN))
    answer = world.get()
    assert (answer["language"], answer["texts"]) == ("de", {"submit": "Weiter"})


def test_a_page_that_has_the_texts_gets_the_language_only(world: MotoWorld) -> None:
    world.register(entry(language="de", texts=OWN))
    world.get()
    answer = world.get(words="1")
    assert answer["language"] == "de"
    assert "texts" not in answer


def test_every_answer_of_a_wait_and_of_the_game_names_the_language(world: MotoWorld) -> None:
    world.register(entry(language="ar"))
    world.get()
    assert (world.post()["page"], world.get()["language"]) == ("wait", "ar")


def test_who_is_not_let_in_reads_it_in_the_study_s_language_and_words(world: MotoWorld) -> None:
    world.register(entry(language="de", texts=OWN, closesAt="2020-01-01T00:00:00+00:00"))
    answer = world.get()
    assert (answer["notice"], answer["language"]) == ("closed", "de")
    assert "<h1>Diese Studie ist beendet</h1><p>Vorbei.</p>" in answer["page"]


def test_the_opening_is_a_date_of_the_language(world: MotoWorld) -> None:
    world.register(entry(language="fr", opensAt="2027-03-05T09:30:00+01:00"))
    assert "le 5 mars 2027 à 08:30 (UTC)" in world.get()["page"]
