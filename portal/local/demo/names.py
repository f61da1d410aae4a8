"""Invented names, places and numbers.  Same seed, same fleet, on every machine."""

import random
from dataclasses import dataclass

from stdnum import luhn

SEED = 13


@dataclass(frozen=True)
class Place:
    """A town, its postcode, département and region; towns are real, nothing else is."""

    town: str
    postcode: str
    departement: str
    region: str


PLACES = (
    Place("Quimper", "29000", "29", "Bretagne"),
    Place("Morlaix", "29600", "29", "Bretagne"),
    Place("Lannion", "22300", "22", "Bretagne"),
    Place("Dinan", "22100", "22", "Bretagne"),
    Place("Vitré", "35500", "35", "Bretagne"),
    Place("Fougères", "35300", "35", "Bretagne"),
    Place("Redon", "35600", "35", "Bretagne"),
    Place("Auray", "56400", "56", "Bretagne"),
    Place("Pontivy", "56300", "56", "Bretagne"),
    Place("Ancenis", "44150", "44", "Pays de la Loire"),
    Place("Châteaubriant", "44110", "44", "Pays de la Loire"),
    Place("Laval", "53000", "53", "Pays de la Loire"),
    Place("Cholet", "49300", "49", "Pays de la Loire"),
    Place("Avranches", "50300", "50", "Normandie"),
    Place("Granville", "50400", "50", "Normandie"),
    Place("Ajaccio", "20000", "2A", "Corse"),
    Place("Saint-Denis", "97400", "9D", "La Réunion"),
)

#: Category code, what is written before a name, label, usual number of places.
KINDS = (
    ("500", "EHPAD", "Établissement d’hébergement pour personnes âgées dépendantes", 82),
    ("500", "EHPAD", "Établissement d’hébergement pour personnes âgées dépendantes", 64),
    ("183", "IME", "Institut médico-éducatif", 48),
    ("255", "MAS", "Maison d’accueil spécialisée", 40),
    ("246", "ESAT", "Établissement et service d’aide par le travail", 90),
    ("182", "SESSAD", "Service d’éducation spéciale et de soins à domicile", 35),
    ("449", "Foyer", "Établissement d’accueil non médicalisé", 32),
    ("445", "SAMSAH", "Service d’accompagnement médico-social pour adultes handicapés", 30),
    ("202", "Résidence autonomie", "Résidence autonomie", 55),
    ("448", "EAM", "Établissement d’accueil médicalisé", 36),
    ("189", "CMPP", "Centre médico-psycho-pédagogique", None),
    ("177", "MECS", "Maison d’enfants à caractère social", 28),
)

NAMES = (
    "Les Ajoncs", "Ker Héol", "La Roseraie", "Saint-Guénolé", "Les Trois Rivières",
    "Le Clos Fleuri", "Ty Armor", "Les Genêts d’or", "La Vallée verte", "Kerfeunteun",
    "Bel Air", "Les Embruns", "Le Grand Pré", "Les Tilleuls", "L’Orée du bois", "La Source",
    "Le Vieux Moulin", "Les Hortensias", "Le Phare", "Les Pommiers", "La Clairière",
    "Le Chêne creux", "Les Mouettes", "Le Ruisseau", "La Pierre levée", "Les Châtaigniers",
    "Le Petit Port", "Les Bruyères", "La Grande Ourse", "Les Quatre Vents",
)  # fmt: skip

BODIES = (
    "Association Ker Avel", "Mutualité d’Armor", "Fondation du Grand Large",
    "CCAS des Trois Rivières", "Association L’Escale", "Groupe associatif Horizons de l’Ouest",
    "Association Les Passerelles",
)  # fmt: skip


def rng() -> random.Random:
    """The one source of chance: nothing here needs to be unguessable."""
    return random.Random(SEED)  # noqa: S311 - demo data, meant to be reproducible


def finess(departement: str, number: int) -> str:
    """An invented FINESS number with a right check digit, in a range no département uses."""
    digits = departement if departement.isdigit() else "97"
    if departement.startswith("2") and not departement.isdigit():
        return f"{departement}9{number:06d}"
    body = f"{digits}99{number:04d}"
    return body + str(luhn.calc_check_digit(body))


def siren(number: int) -> str:
    body = f"9991{number:04d}"
    return body + str(luhn.calc_check_digit(body))
