"""Invented FINESS files of any size, always the same for the same arguments."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

_KINDS = (
    ("500", "Etablissement d'hébergement pour personnes âgées dépendantes", "EHPAD"),
    ("183", "Institut Médico-Educatif (I.M.E.)", "IME"),
    ("246", "Etablissement et Service d'Aide par le Travail (E.S.A.T.)", "ESAT"),
    ("437", "Foyer d'Accueil Médicalisé pour Adultes Handicapés (F.A.M.)", "FAM"),
    ("354", "Service de Soins Infirmiers A Domicile (S.S.I.A.D)", "SSIAD"),
    ("620", "Pharmacie d'Officine", "PHARMACIE"),
)
_TREES = ("TILLEULS", "SAULES", "MÉLÈZES", "CHARMES", "AUBÉPINES", "ÉRABLES", "NOYERS", "BOULEAUX")
_CITIES = ("VALBRUME", "MONTCLAIR-LE-FAUX", "SAINT-ORME", "PONT-LANTERNE", "HAUTEMARNELLE")
_PLACES = ("01", "26", "33", "59", "75", "2A", "9A", "9D")
_PREFIXES = {"2A": "2A", "9A": "97", "9D": "97"}


@dataclass(frozen=True)
class Place:
    """One invented establishment."""

    finess: str
    body: str
    name: str
    kind: tuple[str, str, str]
    departement: str
    postcode: str
    city: str
    siret: str


def luhn_completed(digits: str) -> str:
    """Add the check digit that makes a number pass Luhn."""
    total = sum(
        int(digit) if rank % 2 else sum(divmod(int(digit) * 2, 10))
        for rank, digit in enumerate(reversed(digits))
    )
    return digits + str(-total % 10)


def number(prefix: str, rank: int) -> str:
    """The `rank`-th invented FINESS number of a département."""
    if not prefix.isdigit():
        return f"{prefix}{rank:07d}"
    return luhn_completed(f"{prefix}{rank:06d}")


def places(count: int, *, seed: int = 13) -> Iterator[Place]:
    """Invented establishments, about twelve to a managing body."""
    random = Random(seed)  # noqa: S311 -- invented data, no secret
    for rank in range(count):
        departement = _PLACES[rank % len(_PLACES)]
        prefix = _PREFIXES.get(departement, departement)
        kind = random.choice(_KINDS)
        city = random.choice(_CITIES)
        siren = luhn_completed(f"{rank // 12 + 10_000_000:08d}")
        postcode = {"2A": "20", "97": "97"}.get(prefix, prefix)
        yield Place(
            finess=number(prefix, 700_000 + rank),
            body=number(_PLACES[(rank // 12) % 5], rank // 12),
            name=f"{kind[2]} LES {random.choice(_TREES)} {rank}",
            kind=kind,
            departement=departement,
            postcode=f"{postcode}{(400 if departement == '9D' else 100):03d}",
            city=city,
            siret=luhn_completed(f"{siren}{rank % 12:04d}"),
        )


def etalab(count: int, *, seed: int = 13) -> Iterator[str]:
    """Lines of a historical extract."""
    yield "finess;etalab;111;2026-05-12\n"
    for it in places(count, seed=seed):
        fields = [
            "structureet", it.finess, it.body, it.name, f"{it.name} LONG", "", "", "12", "AV",
            "DE LA FICTION", "", "BP 13", "004", it.departement, "INVENTÉ",
            f"{it.postcode} {it.city}", "0100000000", "", it.kind[0], it.kind[1], "4401",
            "Regroupement", it.siret, "8710A", "99", "Indéterminé", "", "", "1988-05-02",
            "2017-01-03", "2024-04-22", "",
        ]  # fmt: skip
        yield ";".join(fields) + "\n"


def finess_plus(count: int, *, seed: int = 13) -> dict[str, Any]:
    """A FINESS+ structure flow."""
    bodies: dict[str, dict[str, Any]] = {}
    for it in places(count, seed=seed):
        body = bodies.setdefault(
            it.body,
            {
                "informationsGeneralesPMEJ": {
                    "numFinessPm": it.body,
                    "denominationPm": f"ASSOCIATION FICTIVE {it.body}",
                },
                "ege": [],
            },
        )
        body["ege"].append(
            {
                "informationsGeneralesEGE": {
                    "numFinessEge": it.finess,
                    "nomEgeCourt": it.name,
                    "nomEgeLong": f"{it.name} LONG",
                    "dateOuverture": "1988-05-02",
                    "siret": it.siret,
                },
                "categorieentiteGeographiqueExercice": it.kind[0],
                "adresse": [
                    {
                        "usageAdresse": "03",
                        "ligneQuatre": "12 AVENUE DE LA FICTION",
                        "ligneAcheminement": it.city,
                        "codePostal": it.postcode,
                    }
                ],
                "evenement": [],
                "etatObjet": "A",
                "dateDerniereMaj": "2024-04-22 00:00:00",
            }
        )
    return {
        "schemaVersion": "v1.0.0",
        "generatedAt": "2026-09-01T00:00:00Z",
        "gcc": [],
        "gco": [],
        "pmej": list(bodies.values()),
    }


if __name__ == "__main__":
    target, size = Path(sys.argv[1]), int(sys.argv[2])
    if target.suffix == ".json":
        target.write_text(json.dumps(finess_plus(size), ensure_ascii=False), encoding="utf-8")
    else:
        with target.open("w", encoding="utf-8") as file:
            file.writelines(etalab(size))
