"""Speech between quotation marks is found with its speaker; names, titles and words at a distance are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo.service.reports.document import Document
from openleo.service.reports.prose.quotations import quoted
from openleo.service.reports.prose.sentences import sentences


def said(text: str, language: str = "en") -> list[tuple[str, str]]:
    """What is quoted in a text, and by whom it was said."""
    document = Document(text, "", "", "", None, language)
    return [(text[each.start : each.end], each.speaker) for each in quoted(document, sentences(document))]


ENGLISH = [
    (
        "“We were not told,” said a spokesperson for the Port Authority.",
        "a spokesperson for the Port Authority",
    ),
    ("“We were not told,” the harbour master told reporters on Monday.", "the harbour master"),
    ("“We were not told,” according to the harbour master.", "the harbour master"),
    ("“We were not told,” said a pilot who asked not to be named.", "a pilot"),
    ("On Monday the minister of posts said: “We were not told.”", "the minister of posts"),
    ("The minister said that the report was “a serious mistake”.", "The minister"),
    ("In a statement, the operator called the report “absurd”.", "the operator"),
    ("Ostrelcom, the operator, said it “takes this seriously”.", "Ostrelcom"),
    ("The letter quoted a pilot as saying that the link “went dark”.", "a pilot"),
    (
        "An officer, who was there, is quoted by The Harbour Dispatch as saying that “everyone knew”.",
        "An officer",
    ),
    ('"We were not told," a clerk at Ostrelcom said.', "a clerk at Ostrelcom"),
    ("‘We were not told,’ a board official said.", "a board official"),
    ("The minister: “We were not told of it.”", "The minister"),
    ("“We were not told,” two officials and a clerk said.", "two officials and a clerk"),
    ("The ministry “does not recognise” that account.", "The ministry"),
    ("“We were not told,” Prof. Ada Kell said.", "Prof. Ada Kell"),
    ("“We were not told,” said Dr. Ada Kell.", "Dr. Ada Kell"),
    (
        "A clerk of the port denied it on Monday and she said “we were not told at all”.",
        "A clerk of the port",
    ),
    ("Five minutes later the mayor of Merle, Ms Ada Kell, called it “a mess”.", "the mayor of Merle"),
    ("Two hours later a pilot said: “We were not told.”", "a pilot"),
    ("The pilot said he was tired. “We were not told,” he added.", "The pilot"),
    ("“We were not told,” fumed a mother on the quay.", "a mother"),
    ("For the mayor, the matter is simple: “We were not told.”", "the mayor"),
    ("“We were not told,” said one.", "one"),
    ("A nurse came by. Her shop sells stamps. “We were not told,” she laughs.", "A nurse"),
    ("The mine denied it. “We were not told,” a security manager said by telephone.", "a security manager"),
    ("The accused contested it. “I copied the invoice, nothing more,” he sustained.", "The accused"),
    ("The chair read from a letter in which the office undertook “not to open the band”.", "the office"),
    ("“And you were not told?” was astonished the president.", "the president"),
    ("Asked about it, the commissioner said that was “nobody’s business”.", "the commissioner"),
    ("A pilot said he had been told by his captain to “leave the box where it was”.", "his captain"),
    ("The maker, Ostrelcom, said it would block them “if the sale is established”.", "The maker, Ostrelcom"),
    (
        "The secretary at the Ministry of Works and Energy said there had been “a misunderstanding”.",
        "The secretary at the Ministry of Works and Energy",
    ),
    ("The pilot was at sea. His deputy was not. “We were not told,” he conceded.", "His deputy"),
    ("Outside the court, the trader's wife spoke. “We were not told,” she said.", "the trader's wife"),
    ("The clerk went further. According to her, the port is “the victim in this affair”.", "The clerk"),
    ("The mayors of the coast fear “a season without visitors”.", "The mayors of the coast"),
    ("The clerk, who was there, heard a pilot tell the crew that “the firm regrets it”.", "a pilot"),
]
FRENCH = [
    ("« Nous ne savions rien », a déclaré le ministre de la Mer.", "le ministre de la Mer"),
    ("« Nous ne savions rien », a réagi mardi une porte-parole du port.", "une porte-parole du port"),
    ("« Nous ne savions rien », confie un cadre d'Ostrelcom, qui reste anonyme.", "un cadre d'Ostrelcom"),
    ("« Nous ne savions rien », maugrée un pêcheur.", "un pêcheur"),
    ("Le ministre : « Nous ne savions rien. »", "Le ministre"),
    ("« Nous ne savions rien », a déclaré le Pr. Ada Kell.", "le Pr. Ada Kell"),
    ("« La pompe a cédé », le port et l'opérateur ont, eux, confirmé.", "le port et l'opérateur"),
    ("Le ministère, lui, conteste : « Nous ne savions rien », m'a-t-il répondu.", "Le ministère"),
    ("« Nous ne savions rien », a fulminé une mère.", "une mère"),
    ("Pour le maire, tout est dit : « Nous ne savions rien. »", "le maire"),
    ("Le maire se dit « peu surpris ».", "Le maire"),
    ("Le maire a dit : « Nous ne savions rien. »", "Le maire"),
    ("Le maire dit « ne rien savoir » de la lettre.", "Le maire"),
    ("Un porte-parole a répondu par courriel que « le dossier serait déposé ».", "Un porte-parole"),
    ("« Nous ne savions rien », a indiqué à l'ANA le préfet.", "le préfet"),
    ("Le maire est venu. Selon lui, la coupure est « incompréhensible ».", "Le maire"),
    ("Le maire parle d'un « scandale » et attend une réponse.", "Le maire"),
    ("Selon le maire, la coupure est « une honte pour la côte ».", "le maire"),
    ("« Nous ne savions rien », assure le directeur du port de Merle.", "le directeur du port de Merle"),
    ("Le directeur était au port. « Nous ne savions rien », a-t-il dit.", "Le directeur"),
    ("“Nous ne savions rien”, a indiqué l'opérateur.", "l'opérateur"),
    ("Interrogée lundi, la société Ostrel a répondu qu'elle agirait « en son temps ».", "la société Ostrel"),
    ("Le journal rapporte les propos d'un marin selon lesquels « tout le monde savait ».", "un marin"),
    ("À en croire un marin, la consigne était « de ne rien dire aux équipages ».", "un marin"),
    ("Un conseiller dit suivre le dossier « de très près ».", "Un conseiller"),
    ("« Du matériel usé » : c'est ainsi qu'un armateur dit l'avoir reçu.", "un armateur"),
    ("Elle cite une lettre dans laquelle le port a entrepris « de ne rien vendre ».", "le port"),
    ("« Nous ne savions rien », s'est borné à répondre le préfet.", "le préfet"),
    ("Le maire est venu. Il s'est dit « serein ».", "Le maire"),
    ("« Nous ne savions rien », s'étrangle un conseiller.", "un conseiller"),
    ("Pour reprendre les mots d'un marin, le mât est « un épouvantail très cher ».", "un marin"),
    ("Le port s'en tient à une phrase : « Nous ne savions rien de tout cela. »", "Le port"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "speaker"), ENGLISH)
def test_the_speaker_of_an_english_quotation(text: str, speaker: str) -> None:
    assert [who for _, who in said(text)] == [speaker]


@pytest.mark.parametrize(("text", "speaker"), FRENCH)
def test_the_speaker_of_a_french_quotation(text: str, speaker: str) -> None:
    assert [who for _, who in said(text, "fr")] == [speaker]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The coast has been a so-called “quiet zone” since 2029.", "en"),
        ("The harbour's deep “blue lane” was dredged in May.", "en"),
        ("The minister said the “quiet zone” would be kept.", "en"),
        ("A report titled “What we know of the cut” was published.", "en"),
        ("The trawler “Morning Star” was in port.", "en"),
        ("The programme, known as “Reach for all”, ended in May.", "en"),
        ("La côte est une « zone calme » depuis 2029.", "fr"),
        ("Le chalutier « Étoile » était au port.", "fr"),
        ("Le rapport intitulé « Ce que nous savons » a paru en mai.", "fr"),
        ("Un réseau dit « fantôme » couvre l'île.", "fr"),
        ("Le ministre a dit que la « zone calme » serait maintenue.", "fr"),
        ("Residents say they were promised “free” service.", "en"),
        ("“Signal lost”, the screen said.", "en"),
        ("Le quotidien titrait lundi « La mer sans réseau ».", "fr"),
        ("Le bateau, immatriculé comme « navire de plaisance », était au port, selon les douanes.", "fr"),
        ("Les appareils, déclarés comme « fours à micro-ondes », sont entrés par le col, dit un juge.", "fr"),
    ],
)
def test_names_titles_and_words_at_a_distance_are_no_speech(text: str, language: str) -> None:
    assert said(text, language) == []


def test_a_quotation_of_two_sentences_is_one_for_each() -> None:
    text = "“It went dark. Nobody had told us,” said a pilot."
    assert said(text) == [("It went dark.", "a pilot"), ("Nobody had told us,", "a pilot")]


def test_a_quotation_that_its_tag_splits_is_two_of_one_speaker() -> None:
    text = "“It went dark,” a pilot said. “We called everybody.” The link came back."
    assert said(text) == [("It went dark,", "a pilot"), ("We called everybody.", "a pilot")]


def test_a_verb_that_no_list_has_leads_to_both_parts_of_a_split_quotation() -> None:
    text = "“It went dark,” thundered the mayor, “and it is your fault.”"
    assert said(text) == [("It went dark,", "the mayor"), ("and it is your fault.", "the mayor")]


def test_a_tag_inside_the_marks_is_no_part_of_what_is_said() -> None:
    text = "« Nos antennes clignotent, soupire un conseiller, et personne ne vient. »"
    assert said(text, "fr") == [
        ("Nos antennes clignotent,", "un conseiller"),
        ("et personne ne vient.", "un conseiller"),
    ]


def test_a_quotation_goes_on_in_the_next_paragraph_where_its_mark_is_opened_again() -> None:
    text = "“It went dark,” said a pilot. “We called.\n\n“Nobody came to the phone.”\n\nThe link came back."
    assert said(text) == [
        ("It went dark,", "a pilot"), ("We called.", "a pilot"), ("Nobody came to the phone.", "a pilot"),
    ]  # fmt: skip


def test_a_mark_that_is_never_closed_takes_no_more_than_its_sentence() -> None:
    text = "The minister said: “We were not told. The coast has two harbours.\n\nA pilot left."
    assert said(text) == [("We were not told.", "The minister")]


def test_a_quotation_within_another_is_part_of_it() -> None:
    text = "“The label says ‘clinic’ and we kept it,” said a trader."
    assert said(text) == [("The label says ‘clinic’ and we kept it,", "a trader")]


def test_an_apostrophe_opens_no_quotation() -> None:
    assert said("It's the boats' owners' link, the harbour's clerks didn't know.") == []


def test_a_quotation_in_a_language_without_words_is_left_out() -> None:
    assert said("„Wir wussten nichts“, sagte der Minister.", "de") == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from([
            "«", "»", "“", "”", '"', "'", "‘", "’", "„", ".", ",", ":", "?", " ", "\n\n", "said", "a pilot",
            "a dit", "le ministre", "we were not told", "nous ne savions rien", "he", "il", "It", "-t-il",
            "according to",
        ]) | st.text(max_size=5),
        max_size=40,
    ),
    st.sampled_from(["en", "fr", "de", ""]),
)  # fmt: skip
def test_quotations_stand_in_sentences_one_after_the_other(pieces: list[str], language: str) -> None:
    text = " ".join(pieces)
    document = Document(text, "", "", "", None, language)
    cut = sentences(document)
    last = 0
    for each in quoted(document, cut):
        assert last <= each.start < each.end
        assert any(one.start <= each.start and each.end <= one.end for one in cut)
        assert each.speaker == (
            text[each.speaker_start : each.speaker_end] if each.speaker_start >= 0 else ""
        )
        last = each.end


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        '"',
        "“",
        "«",
        "« ",
        "'",
        " ‘a",
        "”",
        "said ",
        "“a” said ",
        "a dit ",
        "., ",
        ". ",
        "... ",
        "A. ",
        "l'",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_long_run_of_one_thing_is_read(piece: str, language: str) -> None:
    said(piece * (50_000 // len(piece)), language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Post offices closed early. “It is not over,” reads a sign."),
        ("fr", "La poste a fermé. « Ce n'est pas fini », indique un panneau."),
    ],
)
def test_what_a_sign_shows_is_no_speech(language: str, text: str) -> None:
    assert said(text, language) == []


WHO = [
    ("en", "Several guests left. “We pay more now,” she said.", "she"),
    (
        "en",
        "At the inn, which has nine rooms, the landlady did her sums. “We pay,” she said.",
        "the landlady",
    ),
    ("en", "A trader lost his catch. It is gone. “I had no signal. I tried twice,” he said.", "A trader"),
    ("en", "To call the port, the pilot must walk for hours. “I pray for a link,” she says.", "the pilot"),
    ("en", "Answering questions, the minister gave no date. “We will see,” he said.", "the minister"),
    ("en", "10:05 - The minister waves a box. “This is what we bought,” he says.", "The minister"),
    ("en", "19.52 A reader writes: “The roof is off, the dish is still working.”", "A reader"),
    ("en", "“There can be sixteen boats waiting,” said the skippers' guild.", "the skippers' guild"),
    (
        "en",
        "In a ruling, the judges found a fault in it, a text they described as “a mere draft”.",
        "the judges",
    ),
    ("en", "The army, by the voice of its chief, “denies formally”.", "The army"),
    ("en", "Nobody stayed. As one put it: “He's all at sea.”", "one"),
    ("en", "The firm said it warns by mail, “which is dear”, as the skipper put it.", "the skipper"),
    ("en", "“I do my banking there.” – Shop owner, Pier Road", "Shop owner"),
    ("en", "“Mend the nine sets before you buy more.” – IT teacher", "IT teacher"),
    ("fr", "« Où est l'égalité ? » Un abonné de Vernoire", "Un abonné de Vernoire"),
    ("fr", "« On paie deux fois », résume le plus bricoleur.", "le plus bricoleur"),
    ("fr", "« Il n'a rien fait », plaide l'avocat du plus jeune.", "l'avocat du plus jeune"),
    ("fr", "« On s'entendait penser », plaisante la metteuse en scène.", "la metteuse en scène"),
    ("fr", "« On part trois semaines », explique un délégué au micro de Radio Estran.", "un délégué"),
    ("fr", "Le contrat interdit le partage. « Qu'ils viennent nous le dire », répond-on aux Aulnes.", "on"),
    ("fr", "Le maire hausse les épaules. « On monte à la chapelle pour téléphoner. »", "Le maire"),
    ("fr", "Une pêcheuse attend. Les bateaux sont à quai. « On verra demain », dit-elle.", "elle"),
    (
        "fr",
        "Quand la cloche sonne, l'institutrice ouvre. « On attend le réseau », dit-elle.",
        "l'institutrice",
    ),
    (
        "fr",
        "C'est le plus jeune, 19 ans, qui a appelé. « Il restait trois barres », a-t-il raconté.",
        "le plus jeune",
    ),
    ("fr", "La fermière vend. « Les vaches d'abord », elle a plaisanté.", "La fermière"),
    ("fr", "Le maire, qui tient au projet, « prend acte ».", "Le maire"),
    ("fr", "Le groupe s'est abstenu, jugeant le texte « muet sur les causes ».", "Le groupe"),
    ("fr", "L'opposition l'a appelé « un homme de paille ».", "L'opposition"),
    ("fr", "Le ministère a fait état d'une « opération de maintenance ».", "Le ministère"),
    ("fr", "Le chauffeur a d'abord juré qu'il ne portait « que des légumes ».", "Le chauffeur"),
    ("fr", "Le maire attend. « La panne dure, et personne ne vient », laisse-t-il tomber.", "Le maire"),
    ("fr", "« On part », a dit un capitaine avec la Ligne Dorane.", "un capitaine avec la Ligne Dorane"),
    ("fr", "« On a tout coupé hier », précise à Ports et Phares la directrice.", "la directrice"),
    ("fr", "« On a tout coupé hier », a par ailleurs assuré la directrice.", "la directrice"),
    ("en", "“A mast bought on a whim,” was the verdict of the harbour’s chair.", "the harbour’s chair"),
    ("en", "The company invokes “the weight of ice”.", "The company"),
    ("en", "The judge found that “no warning” had been given.", "The judge"),
]


@pytest.mark.parametrize(("language", "text", "speaker"), WHO)
def test_who_is_meant(language: str, text: str, speaker: str) -> None:
    assert {who for _, who in said(text, language)} == {speaker}


def test_what_crates_are_labelled_is_no_speech() -> None:
    assert said("The officers said they found eleven crates labelled “dishes” that held tiles.") == []
