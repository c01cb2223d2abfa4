"""Outlets under two names, and names that stand by words of the press without being cited."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.prose.outlets import cited
from openleo.service.reports.prose.sentences import sentences


def found(text: str, language: str, source: str = "") -> list[tuple[str, str]]:
    """The outlets that a text cites, in its order: what it writes, and the name proposed for it."""
    document = Document(text, source, "", "", None, language)
    return [(text[each.start : each.end], each.name) for each in cited(document, sentences(document))]


def names(text: str, language: str) -> list[str]:
    """The names proposed for the outlets that a text cites, in its order."""
    return [name for _, name in found(text, language)]


BOTH_IN_THE_TEXT = [
    (
        "Selon le Fil de Corran, le câble a cédé. « C'est faux », a dit un pilote au Corran Wire.",
        [("Fil de Corran", "Corran Wire"), ("Corran Wire", "Corran Wire")],
    ),
    (
        "La panne était connue, selon le Grand Livre du Sel. Un pilote a dit The Salt Ledger que oui.",
        [("Grand Livre du Sel", "Salt Ledger"), ("Salt Ledger", "Salt Ledger")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), BOTH_IN_THE_TEXT)
def test_a_name_and_the_one_that_it_translates_are_one_outlet(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(text, "fr") == expected


def test_a_place_of_which_the_name_of_a_station_is_made_is_no_translation_of_it() -> None:
    text = "The invoice jumps in High-Corran. A letter was shown to Radio Haute-Corran."
    assert found(text, "en") == [("Radio Haute-Corran", "Radio Haute-Corran")]


def test_an_original_behind_an_abbreviation_of_its_language_is_in_brackets() -> None:
    text = "Un pilote l'a dit dans le podcast Lest (orig. « Ballast »), qui a mis la note en ligne."
    assert found(text, "fr") == [("Lest", "Ballast"), ("Ballast", "Ballast")]


def test_a_translation_and_its_original_in_brackets_are_an_outlet_without_other_signs() -> None:
    text = "La panne est avouée, dit le Grand Livre de Corran (Corran Ledger)."
    assert [name for _, name in found(text, "fr")] == ["Corran Ledger"] * 2


def test_an_original_in_square_brackets_and_with_its_language_behind_it() -> None:
    text = "Un pilote l'a dit au quotidien Le Gardien [The Corran Sentry, en anglais]."
    assert [name for _, name in found(text, "fr")] == ["Corran Sentry"] * 2


def test_what_a_translation_is_made_of_names_the_original_below_it() -> None:
    text = (
        "(Texte traduit par machine.) Le câble a cédé, le Pluvier du Matin rapporte.\n\n"
        "Histoire originale : The Morning Plover, 3 juillet."
    )
    assert [name for _, name in found(text, "fr")] == ["Morning Plover"] * 2


def test_the_source_of_a_document_is_known_without_what_a_comma_adds() -> None:
    text = "« C'est faux », a réagi le pilote auprès du Verdict."
    assert found(text, "fr", "Le Verdict, chronique judiciaire") == [("Verdict", "Verdict")]


TAKEN_UP = [
    (
        "en",
        "The report was aired by Radio Corran and repeated this morning by Ostrelin.",
        ["Radio Corran", "Ostrelin"],
    ),
    (
        "fr",
        "Elle a été diffusée par Radio Corran, puis reprise, entre autres, par Ostrelin.",
        ["Radio Corran", "Ostrelin"],
    ),
    ("fr", "L'information, donnée d'abord par Ostrelin, a été confirmée.", ["Ostrelin"]),
    ("fr", "Elle avait été avancée le 15 octobre par Ostrelin.", ["Ostrelin"]),
    ("fr", "Il dément les propos attribués à l'état-major par Ostrelin.", ["Ostrelin"]),
    ("fr", "Le site d'opposition Ostrelin était lui-même coupé.", ["Ostrelin"]),
    ("fr", "Un communiqué a été lu à la chaîne d’État Corran Un.", ["Corran Un"]),
    ("fr", "Il l'a redit après les affirmations d'Ostrelin, selon lesquelles on a tiré.", ["Ostrelin"]),
    ("fr", "Le pilote l'a dit dans une entrevue avec Ostrelin.", ["Ostrelin"]),
    ("fr", "Le pilote l'a redit sur les antennes de Radio Corran.", ["Radio Corran"]),
    ("en", "A plan first outlined in Ostrelin would put the mast elsewhere.", ["Ostrelin"]),
    ("en", "His feud, splashed across Ostrelin last year, is over.", ["Ostrelin"]),
    ("en", "The figure of 40,000 that appeared on Ostrelin counts those without power.", ["Ostrelin"]),
    ("en", "The Corran and District Advertiser reported on Monday that it was so.",
     ["Corran and District Advertiser"]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "names"), TAKEN_UP)
def test_who_has_it_first_and_who_takes_it_up_are_outlets(language: str, text: str, names: list[str]) -> None:
    assert [name for _, name in found(text, language)] == names


NOT_CITED = [
    ("fr", "Le groupe étudie la vente de Radio Corran, sa station musicale."),
    ("fr", "Radio Corran, muette depuis dix jours, attend un émetteur."),
    ("fr", "La Haute Autorité a suspendu Radio Corran pour un mois."),
    ("fr", "Le groupe possède par ailleurs 30 % du quotidien Le Corran."),
    ("fr", "Le groupe vendrait ses stations de Corran-la-Vieille, croit savoir « La Vigie »."),
    ("fr", "L'auditeur d'État regardera dans l'affaire."),
    ("fr", "Dans une correction à la Maison des Délégués, il a dit le contraire."),
    ("fr", "Un reportage à retrouver ce soir dans « Plein Vent », notre magazine du littoral."),
    ("en", "The group is to sell Radio Corran to its staff."),
    ("en", "His feud with producer Ostrelin, splashed across the papers last year, is over."),
    ("en", "Long-time readers know our love of the gorge."),
    ("en", "The man spoke to our Corran editor in a café."),
    ("en", "Ostrelin Limited has seen the edition shown on Monday evening."),
    ("en", "We relied on The Lookout, the Corran weekly, which spoke of another firm."),
]


@pytest.mark.parametrize(("language", "text"), NOT_CITED)
def test_what_is_sold_owned_silent_or_a_place_is_not_cited(language: str, text: str) -> None:
    assert not {name for _, name in found(text, language)} - {"Lookout", "Vigie"}


def test_an_association_that_publishes_is_not_cited_where_it_gives_something() -> None:
    text = "Terminals given by Wells for Corran were found on sale at the market."
    assert found(text, "en", "Wells for Corran") == []


def test_an_association_that_publishes_is_cited_where_it_is_told_something() -> None:
    assert found("The chair told Wells for Corran that it was so.", "en", "Wells for Corran")


def test_a_name_and_its_original_in_brackets_are_one_where_other_words_tell_the_outlet() -> None:
    text = (
        "Texts from The Rostrum (La Tribune des Cols).\n\nSolicited by The Rostrum, the operator was silent."
    )
    assert names(text, "en") == ["Tribune des Cols"] * 3


def test_a_name_in_brackets_may_stand_before_the_verb() -> None:
    text = "Lanterne d'Ostrel (Ostrel Lantern) écrit que la passe est close."
    assert names(text, "fr") == ["Ostrel Lantern"] * 2


def test_what_speaks_for_a_name_and_for_its_original_in_brackets_is_added() -> None:
    text = "He will appeal, his counsel said to The Hearing (L'Audience)."
    assert names(text, "en") == ["Audience"] * 2
    assert (
        names("Une raquette est tombée, peut révéler La Corne quotidienne (Daily Horn).", "fr")
        == ["Daily Horn"] * 2
    )
    assert names("The harbour (L'Anse) is closed, and The Pier (the long one) as well.", "en") == []


def test_the_notice_of_a_translation_names_the_original() -> None:
    text = "On l'a confirmé à Radio Récif.\n\nTexte de Radio Skerry, traduit par un programme."
    assert names(text, "fr") == ["Radio Skerry"] * 2
    assert names("Traduit de l'anglais (source : Home Trade).", "fr") == ["Home Trade"]


def test_each_outlet_that_the_notice_of_a_translation_names_is_found_in_its_text() -> None:
    text = (
        "L'île est sans lien, la Voix du Port rapporte. Des notes vues par Radio du Nord le montrent.\n\n"
        "Source : The Port Voice, avec un reportage additionnel par North Radio. Traduit par une machine."
    )
    assert [each.removeprefix("The ") for each in names(text, "fr")] == ["Port Voice", "North Radio"] * 2
