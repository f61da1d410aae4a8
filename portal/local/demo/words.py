"""What the invented provider says of itself, by requirement: enough to read like a record."""

from portal.tracking.models import Status

#: Requirements that are not simply « implemented », and what is said of them.
STATES: dict[str, Status] = {
    "PARC-04": Status.PARTIAL,
    "SAUV-05": Status.PARTIAL,
    "MAJ-03": Status.PARTIAL,
    "MAJ-05": Status.PLANNED,
    "MALW-03": Status.ALTERNATIVE,
    "AUTH-04": Status.PARTIAL,
    "AUTH-07": Status.PARTIAL,
    "RES-03": Status.PLANNED,
    "RES-06": Status.PARTIAL,
    "MSG-05": Status.PLANNED,
    "USG-03": Status.PARTIAL,
    "NOM-02": Status.PARTIAL,
    "INC-05": Status.PARTIAL,
    "EXT-07": Status.PARTIAL,
    "EXT-10": Status.PLANNED,
}
#: Nothing is said of these yet.
SILENT = frozenset({"ASSU-01", "INC-08", "EXT-12", "RES-05", "SENS-01"})

#: title, requirements, offering code, days until it lapses, months it covers back.
PROOFS = (
    ("Rapport mensuel de sauvegarde", ("SAUV-02", "SAUV-03"), "sauvegarde", -1, 1),
    ("Compte rendu de restauration 2026", ("SAUV-04",), "sauvegarde", 12, 12),
    ("Politique de sauvegarde signée", ("SAUV-01", "SAUV-06"), "sauvegarde", 210, 12),
    ("Export d’inventaire des postes", ("PARC-01", "PARC-02"), "support", 30, 6),
    ("Taux de mise à jour du trimestre", ("MAJ-01", "MAJ-02"), "support", 7, 3),
    ("Console antivirus, couverture des postes", ("MALW-01", "MALW-02"), "detection", 64, 3),
    ("Revue des règles du pare-feu", ("RES-01", "RES-02"), "reseau", 190, 12),
    ("Schéma du réseau daté", ("PARC-04", "PARC-06"), "reseau", 150, 12),
    ("Contrôle SPF, DKIM et DMARC", ("MSG-01", "MSG-02"), "messagerie", 88, 6),
    ("Liste des comptes à privilèges", ("AUTH-01", "AUTH-02", "AUTH-03"), "identites", 45, 6),
    ("Chiffrement des portables", ("NOM-01", "NOM-03"), "mobilite", 120, 6),
    ("Feuilles de présence, sensibilisation", ("SENS-02", "SENS-04"), "sensibilisation", 240, 12),
    ("Plan d’assurance sécurité", ("EXT-01", "EXT-03", "EXT-09"), "engagements", 300, 12),
    ("Procédure d’incident commune", ("INC-01", "INC-02", "INC-03"), "engagements", 170, 12),
    ("Engagements de confidentialité", ("EXT-07", "USG-02", "USG-05"), "engagements", 260, 12),
    ("Clauses de protection des données", ("EXT-02",), "engagements", 500, 24),
)

#: What a few directors contest, and of what.
CONTESTS = (
    ("AUTH-01", "Deux comptes d’équipe servent encore la nuit."),
    ("SAUV-04", "Nous n’avons jamais vu le résultat de cet essai."),
    ("MAJ-02", "Deux ordinateurs de l’accueil affichent toujours une alerte de mise à jour."),
    ("SENS-02", "L’équipe de nuit n’a pas été formée cette année."),
)

#: What differs at one client: requirement, state, words.
EXCEPTIONS = (
    ("SAUV-04", Status.PARTIAL, "Le dossier de l’usager est restauré par son éditeur."),
    ("MAJ-02", Status.PARTIAL, "Trois postes de l’atelier pilotent une machine : ils sont isolés."),
    ("RES-04", Status.NOT_APPLICABLE, "Aucun Wi-Fi : interventions à domicile seulement."),
    ("NOM-01", Status.PLANNED, "Quatre portables anciens seront remplacés au printemps."),
)
