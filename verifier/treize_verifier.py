#!/usr/bin/env python3
"""Check an attestation of Treize on a machine without a network.  Python 3.9 or later, no package.

    python3 treize_verifier.py attestation.pdf
        [--key KEY]        a key of the log to believe, beside those written below; several times
        [--later FILE]     a later checkpoint with its proof that it goes on from this one (JSON)
        [--journal FILE]   the whole log, as published: was the document revoked or superseded?
        [--stamp FILE]     a third party's time over a later checkpoint, with its proof (JSON)
        [--tsa FILE]       certificates (PEM) that such a time is believed by
        [--lang fr|en]

Exit code: 0 valid, 1 altered, 2 unknown (nothing in the file says that it is an attestation, it is
a summary without a seal, or a log that is not known here signed for it), 3 revoked or superseded,
4 nothing could be concluded (arguments, files, kinds of keys that are not known here, documents of
an earlier edition).

What is checked: the seal covers every byte but its own and was made by a certificate that stands in
the log;
the data inside the document stand in the log; a key that is believed signed the log's checkpoint.
Only one thing may follow a seal: a time over all of it (B-LTA), in the place that was kept for it.
A time in the seal (B-T) or over the document (B-LTA) must hold as well, and is told with whose it
is: nothing in the document vouches for its authority, which --tsa compares.  A seal of some kinds
of key, and the time in one, can be written otherwise and still hold: with --journal the file is
compared with the one that was issued, to the byte.
The portal is public at /journal; the formats are RFC 6962, C2SP checkpoints, CMS (RFC 5652) and
RFC 3161.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

#: Keys that are believed; the portal writes its own here when it hands this file out.
KEYS: tuple[str, ...] = ()

#: The last edition of the proof that documents carry which this program can read.
SCHEMA = 3

VALID, ALTERED, UNKNOWN, NOT_IN_FORCE, UNUSABLE = range(5)
SAID: dict[str, dict[Any, str]] = {
    "fr": {
        VALID: "VALIDE : c’est le document qui a été émis : rien de ce qu’il contient n’a changé.",
        ALTERED: "ALTÉRÉ : ce n’est pas, ou plus, le document qui a été émis.",
        UNKNOWN: "INCONNU :",
        NOT_IN_FORCE: "PLUS EN VIGUEUR : le document est authentique, mais",
        UNUSABLE: "Rien n’a pu être conclu :",
        "stranger": "rien dans ce fichier ne dit que c’est une attestation de Treize.",
        "key": "aucune des clés de journal connues ici n’a signé pour ce document :",
        "kind": "une clé ou une empreinte d’un genre que ce programme ne sait pas lire :",
        "newer": "document d’une édition plus récente que ce programme : reprenez-le au portail.",
        "earlier": "document d’une édition antérieure, dont le journal ne répond pas du cachet : "
        "déposez le fichier sur la page de vérification du portail.",
        "tail": "document d’une édition antérieure, suivi d’un ajout que seul le journal "
        "départage : ajoutez --journal.",
        "bare": "rien du journal n’est dans ce fichier, et une synthèse ou un rapport d’audit n’en "
        "porte rien. Son cachet est entier ; de qui il est, la page de vérification du portail le "
        "dit : déposez-y le fichier.",
        "unsealed": "ce fichier se donne pour une synthèse sans cachet, comme il s’en émet là où "
        "rien ne scelle. Rien en lui ne dit qui l’a fait, ni si un octet en a changé ; la page de "
        "vérification du portail le dit : déposez-y le fichier.",
        "absent": "ce journal ne connaît pas ce fichier. Téléchargez-le à nouveau : s’il ne le "
        "connaît toujours pas, le fichier n’est pas celui qui a été émis.",
        "beside": "ce qui est donné avec le document (journal, point de contrôle, heure) ne va pas "
        "avec lui : fichier abîmé, d’un autre journal, ou journal réécrit.",
        "time": "Heure portée par le document :",
        "revoked": "il a été révoqué.",
        "superseded": "un plus récent le remplace.",
        "alone": "Révocation et remplacement : à vérifier avec --journal, ou en ligne, où le "
        "fichier est aussi comparé à l’octet près : son cachet peut être récrit sans être rompu.",
        "journal": "Le journal entier va de pair : c’est, octet pour octet, le fichier émis, ni "
        "révoqué, ni remplacé, entrées :",
        "approved": "La direction de l’établissement l’a approuvé : c’est inscrit au journal.",
        "stamp": "Un tiers l’atteste : le document était au journal avant le",
        "believed": "selon une autorité à laquelle on se fie :",
        "unknown": "autorité non vérifiée ici (--tsa) :",
    },
    "en": {
        VALID: "VALID: the document is the one that was issued: nothing that it contains changed.",
        ALTERED: "ALTERED: it is not, or no longer, the document that was issued.",
        UNKNOWN: "UNKNOWN:",
        NOT_IN_FORCE: "NOT IN FORCE: the document is authentic, but",
        UNUSABLE: "Nothing could be concluded:",
        "stranger": "nothing in this file says that it is an attestation of Treize.",
        "key": "none of the keys of a log known here signed for this document:",
        "kind": "a key or a digest of a kind that this program cannot read:",
        "newer": "a document of a later edition than this program: take it from the portal again.",
        "earlier": "a document of an earlier edition, for whose seal the log does not answer: "
        "drop the file on the portal’s page that checks documents.",
        "tail": "a document of an earlier edition, followed by something that the log alone can "
        "judge: add --journal.",
        "bare": "nothing of the log is in this file, and a summary or an audit’s report carries "
        "none of it. Its seal is whole; whose it is, the portal’s page that checks documents says: "
        "drop the file there.",
        "unsealed": "it says to be a summary without a seal, as are issued where nothing seals. "
        "Nothing in it tells who made it, nor whether a byte of it changed; the portal’s page that "
        "checks documents does: drop the file there.",
        "absent": "this log does not know this file. Download it again: if it still does not, the "
        "file is not the one that was issued.",
        "beside": "what is given with the document (log, checkpoint, time) does not go with it: a "
        "damaged file, that of another log, or a log that was rewritten.",
        "time": "Time in the document:",
        "revoked": "it was revoked.",
        "superseded": "a newer one replaces it.",
        "alone": "Revoked or superseded? Check with --journal, or online, where the file is "
        "compared to the byte as well: its seal can be written otherwise without being broken.",
        "journal": "The whole log agrees: byte for byte the file that was issued, neither revoked "
        "nor superseded, entries:",
        "approved": "The establishment’s director approved it: that stands in the log.",
        "stamp": "A third party vouches: the document stood in the log before",
        "believed": "by an authority that is believed:",
        "unknown": "authority not checked here (--tsa):",
    },
}


class Found(Exception):
    """The answer, as soon as it is known: its exit code, and why."""


def need(true: object, why: str, code: int = ALTERED) -> None:
    if not true:
        raise Found(code, why)


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


# ── Curves: Ed25519 (RFC 8032) for the log, those of FIPS 186 for seals ─────────────────────────
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
Point = tuple[int, int, int, int]


def _lifted(raw: bytes) -> Point | None:
    """The point that 32 bytes stand for, in extended coordinates."""
    sign, y = raw[31] >> 7, int.from_bytes(raw, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or (x * x - square) % _P or (not x and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _sum(one: Point, two: Point) -> Point:
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * one[3] * two[3] * _D, 2 * one[2] * two[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(point: Point, count: int) -> Point:
    made: Point = (0, 1, 1, 0)
    while count:
        if count & 1:
            made = _sum(made, point)
        point, count = _sum(point, point), count >> 1
    return made


_BASE = _lifted((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    if len(public) != 32 or len(signature) != 64:
        return False
    key, started, s = _lifted(public), _lifted(signature[:32]), signature[32:]
    number = int.from_bytes(s, "little")
    if key is None or started is None or _BASE is None or number >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left = _times(_BASE, number)
    right = _sum(started, _times(key, int.from_bytes(digest, "little") % _L))
    return (
        not (left[0] * right[2] - right[0] * left[2]) % _P
        and not (left[1] * right[2] - right[1] * left[2]) % _P
    )


class Curve(NamedTuple):
    """y² = x³ - 3x + b over p; g generates n points."""

    p: int
    b: int
    n: int
    g: tuple[int, int]


CURVES = {
    "2a8648ce3d030107": Curve(
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        (
            0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
            0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        ),
    ),
    "2b81040023": Curve(
        2**521 - 1,
        0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
        0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
        (
            0x00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66,
            0x011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650,
        ),
    ),
    "2b81040022": Curve(
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        (
            0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
            0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
        ),
    ),
}


def _added(c: Curve, one: tuple[int, int] | None, two: tuple[int, int] | None) -> Any:
    if one is None or two is None:
        return two if one is None else one
    if one[0] == two[0]:
        if (one[1] + two[1]) % c.p == 0:
            return None
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, c.p)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, c.p)
    x = (slope * slope - one[0] - two[0]) % c.p
    return x, (slope * (one[0] - x) - one[1]) % c.p


def _signed(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def ecdsa(c: Curve, public: bytes, signature: bytes, digest: bytes) -> bool:
    size = (c.p.bit_length() + 7) // 8
    numbers = [int.from_bytes(each, "big") for each in parts(signature)]
    if len(public) != 2 * size + 1 or public[0] != 4 or len(numbers) != 2:
        return False
    again = wrap(0x30, *(wrap(2, _signed(each)) for each in numbers))
    if again != signature:
        return False
    x, y = (int.from_bytes(public[at : at + size], "big") for at in (1, 1 + size))
    r, s = numbers
    if (y * y - x * x * x + 3 * x - c.b) % c.p or not (0 < r < c.n and 0 < s < c.n):
        return False
    turned = pow(s, -1, c.n)
    u, v = int.from_bytes(digest[:size], "big") * turned % c.n, r * turned % c.n
    made, g, q = None, c.g, (x, y)
    both = _added(c, g, q)
    for bit in range(max(u.bit_length(), v.bit_length()) - 1, -1, -1):
        made = _added(c, made, made)
        step = {(1, 0): g, (0, 1): q, (1, 1): both}.get((u >> bit & 1, v >> bit & 1))
        made = _added(c, made, step)
    return made is not None and made[0] % c.n == r


# ── The seal: CMS (RFC 5652) in the PDF, every byte of it accounted for ──────────────────────────
def tlv(der: bytes, at: int = 0) -> tuple[int, int, int]:
    """Tag, where the content begins and where it ends; lengths must be written the short way."""
    need(at + 1 < len(der), "DER")
    size, begin = der[at + 1], at + 2
    if size & 0x80:
        begin += size & 0x7F
        size = int.from_bytes(der[at + 2 : begin], "big")
        need(length(size) == der[at + 1 : begin], "DER")
    need(begin + size <= len(der), "DER")
    return der[at], begin, begin + size


def cells(der: bytes) -> list[bytes]:
    """What stands one after the other, each with its tag and length."""
    found, at = [], 0
    while at < len(der):
        end = tlv(der, at)[2]
        found.append(der[at:end])
        at = end
    return found


def inner(cell: bytes) -> bytes:
    _, begin, end = tlv(cell)
    return cell[begin:end]


def parts(cell: bytes) -> list[bytes]:
    """The contents of what is in a sequence or a set."""
    return [inner(each) for each in cells(inner(cell))]


def wrap(tag: int, *content: bytes) -> bytes:
    return bytes([tag]) + length(sum(map(len, content))) + b"".join(content)


def length(size: int) -> bytes:
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([size]) if size < 128 else bytes([0x80 | len(raw)]) + raw


def named(oid: str, *, null: bool = False) -> bytes:
    return wrap(0x30, wrap(6, bytes.fromhex(oid)), *([wrap(5)] if null else []))


_RSA, _ECDSA, _DIGEST = "2a864886f70d010101", "2a8648ce3d0201", "608648016503040201"
_SHA256 = {named(_DIGEST), named(_DIGEST, null=True)}
#: What signatures of each kind of key are called: by itself, or together with its digest.
_BY = {
    _RSA: {
        named(_RSA, null=True): "",
        named("2a864886f70d01010b", null=True): "sha256",
        named("2a864886f70d01010c", null=True): "sha384",
        named("2a864886f70d01010d", null=True): "sha512",
    },
    _ECDSA: {
        named("2a8648ce3d040302"): "sha256",
        named("2a8648ce3d040303"): "sha384",
        named("2a8648ce3d040304"): "sha512",
    },
}
#: Digests by the encoding of their name.
_DIGESTS = {
    named(f"6086480165030402{number}", null=null): name
    for number, name in (("01", "sha256"), ("02", "sha384"), ("03", "sha512"))
    for null in (False, True)
}


def key_of(certificate: bytes) -> tuple[list[bytes], bytes]:
    """Its kind (and curve), and the public key itself."""
    fields = cells(inner(cells(inner(certificate))[0]))
    kind, key = cells(inner(fields[6 if fields[0][0] == 0xA0 else 5]))[:2]
    return parts(kind), inner(key)[1:]


def readable(certificate: bytes, algorithm: bytes) -> bool:
    """Whether signatures of its kind can be told true from false here."""
    oids, _ = key_of(certificate)
    kind = oids[0].hex()
    known = kind == _RSA or (kind == _ECDSA and oids[1].hex() in CURVES)
    return known and any(algorithm in names for names in _BY.values())


def signed_by(
    certificate: bytes, algorithm: bytes, signature: bytes, message: bytes, how: str = "sha256"
) -> bool:
    """Whether its key signed ``message``; ``how`` is the digest where ``algorithm`` names none."""
    oids, public = key_of(certificate)
    known = _BY.get(oids[0].hex(), {})
    if known.get(algorithm, "?") not in {how, ""}:
        return False
    digest = hashlib.new(how, message).digest()
    if oids[0].hex() == _ECDSA:
        curve = CURVES.get(oids[1].hex())
        return curve is not None and ecdsa(curve, public, signature, digest)
    modulus, exponent = (int.from_bytes(each, "big") for each in parts(public))
    size, number = (modulus.bit_length() + 7) // 8, int.from_bytes(signature, "big")
    name = next(each for each, told in _DIGESTS.items() if told == how and each[-2:] == b"\5\0")
    tail = wrap(0x30, name, wrap(4, digest))
    padded = b"\0\1" + b"\xff" * (size - len(tail) - 3) + b"\0" + tail
    # A key that no authority gives would take a machine up for hours.
    usual = size <= 2048 and exponent.bit_length() <= 64
    whole = usual and len(signature) == size and number < modulus
    return whole and pow(number, exponent, modulus).to_bytes(size, "big") == padded


def signer(certificates: list[bytes], sid: bytes) -> bytes:
    """The certificate that a signature names, by its issuer and number."""
    for one in certificates:
        fields = cells(inner(cells(inner(one))[0]))
        at = 1 if fields[0][0] == 0xA0 else 0
        if sid == wrap(0x30, fields[at + 2], fields[at]):
            return one
    raise Found(ALTERED, "certificate")


def attributes_of(info: list[bytes]) -> dict[bytes, bytes]:
    found = [cells(inner(each)) for each in cells(inner(info[3]))]
    need(all(len(each) == 2 for each in found), "CMS")
    return {each[0]: each[1] for each in found}


def check_cms(cms: bytes, digest: bytes) -> tuple[list[bytes], list[Time]]:
    """The certificates in a signature over ``digest``: rebuilt, and compared with what is there.

    With them the time over it, where there is one.
    """
    outer = cells(inner(cms))
    need(len(outer) == 2, "CMS")
    data = cells(inner(inner(outer[1])))
    need(len(data) == 5, "CMS")
    info = cells(inner(inner(data[4])))
    need(
        len(info) in {6, 7}
        and data[1] in {wrap(0x31, each) for each in _SHA256}
        and info[2] in _SHA256,
        "CMS",
    )
    certificates = cells(inner(data[3]))
    one = signer(certificates, info[1])
    told = attributes_of(info).get(wrap(6, bytes.fromhex("2a864886f70d010904")))
    need(told == wrap(0x31, wrap(4, digest)), "digest")
    whole = (wrap(2, b"\1"), info[1], info[2], wrap(0xA0, inner(info[3])), info[4])
    signature = inner(info[5])
    times = [timed(each, signature) for each in info[6:]]
    made = wrap(0x30, *whole, wrap(4, signature), *[each for _, each in times])
    plain = wrap(0x30, wrap(6, bytes.fromhex("2a864886f70d010701")))
    again = (wrap(2, b"\1"), data[1], plain, wrap(0xA0, *certificates), wrap(0x31, made))
    kind = wrap(6, bytes.fromhex("2a864886f70d010702"))
    need(wrap(0x30, kind, wrap(0xA0, wrap(0x30, *again))) == cms, "CMS")
    need(readable(one, info[4]), "kind", UNUSABLE)
    need(signed_by(one, info[4], signature, wrap(0x31, inner(info[3]))), "signature")
    return certificates, [time for time, _ in times]


# ── Times told by a third party (RFC 3161): in a seal, over a document, over the log ─────────────
_TST = wrap(6, bytes.fromhex("2a864886f70d0109100104"))
_ESS = {"2a864886f70d010910020c": "sha1", "2a864886f70d010910022f": "sha256"}


class Time(NamedTuple):
    """When, by whom (its certificate), and what else it sent along."""

    at: str
    authority: bytes
    others: list[bytes]


def timed(attribute: bytes, signature: bytes) -> tuple[Time, bytes]:
    """The one thing that may follow a signature unsigned: a time over it, which holds.

    The time, and the attribute as it has to be written.
    """
    found = cells(inner(attribute))
    need(len(found) == 1, "CMS")
    token = inner(cells(inner(found[0]))[1])
    time = check_time(token, signature)
    kind = wrap(6, bytes.fromhex("2a864886f70d010910020e"))
    return time, wrap(0xA1, wrap(0x30, kind, wrap(0x31, token)))


def check_time(token: bytes, *message: bytes) -> Time:
    """A time over ``message``: rebuilt, and compared with what is there."""
    data = cells(inner(inner(cells(inner(token))[1])))
    need(len(data) == 5, "time")
    info, certificates = cells(inner(inner(data[4]))), cells(inner(data[3]))
    need(len(info) == 6, "time")
    how = _DIGESTS.get(info[2], "")
    need(how, "kind", UNUSABLE)
    one, content = signer(certificates, info[1]), inner(inner(cells(inner(data[2]))[1]))
    attributes = attributes_of(info)
    told = attributes.get(wrap(6, bytes.fromhex("2a864886f70d010904")))
    need(told == wrap(0x31, wrap(4, hashlib.new(how, content).digest())), "time")
    whole = (wrap(2, b"\1"), info[1], info[2], wrap(0xA0, inner(info[3])), info[4])
    made = wrap(0x30, *whole, wrap(4, inner(info[5])))
    held = wrap(0x30, _TST, wrap(0xA0, wrap(4, content)))
    digests = {wrap(0x31, each) for each, name in _DIGESTS.items() if name == how}
    need(data[1] in digests, "time")
    again = (wrap(2, b"\3"), data[1], held, wrap(0xA0, *certificates), wrap(0x31, made))
    kind = wrap(6, bytes.fromhex("2a864886f70d010702"))
    need(wrap(0x30, kind, wrap(0xA0, wrap(0x30, *again))) == token, "time")
    need(readable(one, info[4]), "kind", UNUSABLE)
    need(signed_by(one, info[4], inner(info[5]), wrap(0x31, inner(info[3])), how), "time")
    need(_vouched(one, attributes), "time")
    others = [each for each in certificates if each != one]
    need(len(set(others)) == len(certificates) - 1, "time")
    return Time(_told(content, b"".join(message)), one, others)


def _vouched(certificate: bytes, attributes: dict[bytes, bytes]) -> bool:
    """Whether what was signed names this very certificate, by its digest (RFC 5035)."""
    for oid, usual in _ESS.items():
        told = attributes.get(wrap(6, bytes.fromhex(oid)))
        if told is not None:
            first = cells(inner(cells(inner(cells(inner(inner(told)))[0]))[0]))
            how = _DIGESTS.get(first.pop(0), "") if first[0][0] == 0x30 else usual
            return bool(how) and inner(first[0]) == hashlib.new(how, certificate).digest()
    return False


def _told(content: bytes, message: bytes) -> str:
    """The time in it, if it is over ``message``."""
    fields = cells(inner(content))
    how, digest = cells(inner(fields[2]))
    need(how in _DIGESTS, "kind", UNUSABLE)
    need(inner(digest) == hashlib.new(_DIGESTS[how], message).digest(), "time")
    raw = inner(fields[4]).decode("ascii")
    need(re.fullmatch(r"\d{14}(\.\d+)?Z", raw), "time")
    return f"{raw[:4]}-{raw[4:6]}-{raw[6:8]} {raw[8:10]}:{raw[10:12]}:{raw[12:14]} UTC"


def leads_to(time: Time, roots: list[bytes]) -> bool:
    """Whether the authority's certificate was issued under one of ``roots``."""
    one, left = time.authority, [*time.others, *roots]
    for _ in range(len(left) + 1):
        if one in roots:
            return True
        body, algorithm, signature = cells(inner(one))
        how = next((known[algorithm] for known in _BY.values() if known.get(algorithm)), "")
        signed = (algorithm, inner(signature)[1:], body, how)
        above = [each for each in left if how and signed_by(each, *signed)]
        if not above:
            return False
        one = next((each for each in above if each in roots), above[0])
        left.remove(one)
    return False


#: Behind the place of a seal: a name in the document that reads like it has no end of line.
_RANGE = re.compile(rb">\n/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]")
#: The place kept under a seal for a time over the whole document, and how its update ends.
_FIELD = re.compile(rb"\n(\d+) 0 obj\n(<<\n/FT /Sig\n/T \(Heure\)\n[^>]{0,2000})>>\nendobj\n")
_TRAILER = re.compile(
    rb"\ntrailer\n<<\n/Size (\d+)\n(/Root \d+ 0 R\n/Info \d+ 0 R\n/ID \[ <[0-9a-f]+> )"
    rb"(<[0-9a-f]{32}> \])\n/Prev \d+\n>>\nstartxref\n(\d+)\n%%EOF\n\Z"
)


class Seal(NamedTuple):
    """Its certificates, the times in it and over it, and whether what follows it is that time."""

    certificates: list[bytes]
    times: list[Time]
    whole: bool


def check_seal(pdf: bytes) -> Seal:
    """The seal, and a time over the document where one follows, cover the file to its last byte."""
    found = [[int(each) for each in one.groups()] for one in _RANGE.finditer(pdf)]
    need(found or not unsealed(pdf), "unsealed", UNKNOWN)
    need(found and sum(found[-1][2:]) == len(pdf), "seal")
    cms, *covered = placed(pdf, found[0])
    certificates, times = check_cms(cms, sha256(*covered))
    end = sum(found[0][2:])
    kept = _FIELD.findall(pdf[:end])
    if len(found) == 1:
        return Seal(certificates, times, not kept)
    token, *covered = placed(pdf, found[-1])
    times.append(check_time(token, *covered))
    again = followed(pdf, end, found[-1], kept[-1]) if kept else b""
    return Seal(certificates, times, again == pdf[end:])


def followed(pdf: bytes, end: int, covers: list[int], field: tuple[bytes, bytes]) -> bytes:
    """What follows a seal that ends there, if it is a time in the field kept for it: rebuilt."""
    before, after = _TRAILER.search(pdf[:end]), _TRAILER.search(pdf[end:])
    if before is None or after is None:
        return b""
    number, kept = field
    size, root, _, table = before.groups()
    place, new = pdf[covers[1] : covers[2]], int(size) + 1
    ranges = b"[%d %d %d %d]" % tuple(covers)
    filled = b"%b 0 obj\n%b/V %d 0 R\n>>\nendobj\n" % (number, kept, new)
    time = b"%d 0 obj\n<<\n/Contents %b\n/ByteRange %b\n/Type /DocTimeStamp\n" % (
        (new, place, ranges.ljust(62))
    )
    time += b"/Filter /Adobe.PPKLite\n/SubFilter /ETSI.RFC3161\n>>\nendobj\n"
    at = end + len(filled)
    return b"".join(
        (
            filled,
            time,
            b"xref\n0 1\n0000000000 65535 f \n%b 1\n%010d 00000 n \n" % (number, end),
            b"%d 1\n%010d 00000 n \n" % (new, at),
            b"trailer\n<<\n/Size %d\n%b%b\n/Prev %b\n>>\n" % (new + 1, root, after[3], table),
            b"startxref\n%d\n%%%%EOF\n" % (at + len(time)),
        )
    )


def placed(pdf: bytes, covers: list[int]) -> tuple[bytes, bytes, bytes]:
    """What stands in a seal's place, and the bytes before and after that it covers."""
    zero, before, after, rest = covers
    place = pdf[before:after]
    need(zero == 0 and before < after and place[:1] + place[-1:] == b"<>", "seal")
    written = place[1:-1]
    need(re.fullmatch(rb"(?:[0-9A-F]{2})+", written), "hex")
    raw = bytes.fromhex(written.decode())
    end = tlv(raw)[2]
    need(not any(raw[end:]), "seal")
    return raw[:end], pdf[:before], pdf[after : after + rest]


# ── What the document carries, and the log that it says to stand in ──────────────────────────────
def contents(pdf: bytes) -> Iterator[bytes]:
    """What stands in the streams of a document, unpacked where it was packed.

    Of a file that was made to take up a machine no more than this is looked at: it is not ours.
    """
    seen, left = memoryview(pdf), _MOST_UNPACKED
    ends = [each.start() for each in re.finditer(rb"endstream", pdf)]
    for start in islice(re.finditer(rb"(?<!end)stream\r?\n", pdf), _MOST_STREAMS):
        following = bisect_left(ends, start.end())
        stop = ends[following] if following < len(ends) else len(pdf)
        try:
            made = zlib.decompressobj().decompress(seen[start.end() : stop], _MOST_IN_ONE)
        except zlib.error:
            made = pdf[start.end() : stop].rstrip(b"\r\n")
        left -= len(made)
        if left < 0:
            return
        yield made


_MOST_STREAMS, _MOST_IN_ONE, _MOST_UNPACKED = 20_000, 20_000_000, 200_000_000


def carried(pdf: bytes) -> tuple[dict[str, Any], bytes]:
    """The proof inside, and the data that it is about: files in the document, as a bytes each.

    To be asked once the seal is found whole: whose it is, nothing says where there is no proof.
    """
    proofs, files = [], {}
    for content in contents(pdf):
        if content[:1] == b"{":
            files[sha256(content).hex()] = content
            told = _json(content)
            proofs += [told] if "salt" in told and "log" in told else []
    need(proofs or not shows(pdf), "bare", UNUSABLE)
    need(proofs, "stranger", UNKNOWN)
    need(len(proofs) == 1, "proofs")
    data = files.get(str(proofs[0].get("sha256")))
    need(data is not None, "data")
    return proofs[0], data or b""


#: What a seal leaves in a document.  No name in it reads like that: it has no end of line.
_SEALED = re.compile(rb"\n(?:<< )?/(?:FT /Sig|Type /Sig|T \(Cachet\)|SigFlags|ByteRange)")


def unsealed(pdf: bytes) -> bool:
    """Whether it is a summary, the one document issued without a seal, and never had one.

    As far as it tells: it carries the data of one, no proof, and nothing that a seal leaves.
    """
    summary = False
    for each in chain((pdf,), contents(pdf)):
        told = _json(each) if each[:1] == b"{" else {}
        if "log" in told or _SEALED.search(each):
            return False
        summary = summary or str(told.get("format")).startswith("treize-brief/")
    return summary


_SHOWN = re.compile(rb"/verifier\?code=[A-Z2-7]{16}|/T \(Cachet\)")


def shows(pdf: bytes) -> bool:
    """Whether something in it says that it is, or was, an attestation."""
    return any(
        _SHOWN.search(each) or 0 <= each.find(b'{"code":') < each.rfind(b'"checkpoint":')
        for each in chain((pdf,), contents(pdf))
    )


def _json(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def entry(salt: bytes, told: dict[str, Any]) -> bytes:
    """As the log has it: to whoever lacks the salt it says nothing."""
    plain = json.dumps(told, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return sha256(salt, plain.encode())


class Checkpoint(NamedTuple):
    size: int
    root: bytes


def opened(note: str, keys: list[str]) -> Checkpoint:
    """A signed note (C2SP signed-note, tlog-checkpoint), by one of the keys."""
    text, blank, lines = note.rpartition("\n\n")
    need(blank and lines.endswith("\n"), "checkpoint")
    known = {}
    for key in keys:
        name, _, rest = key.partition("+")
        told, _, raw = rest.partition("+")
        public = base64.b64decode(raw)
        shown = sha256(name.encode(), b"\n", public)[:4]
        if public[:1] == b"\1" and shown.hex() == told:
            known[name, shown] = public[1:]
    for line in lines.splitlines():
        mark, _, rest = line.partition(" ")
        name, _, told = rest.partition(" ")
        signature = base64.b64decode(told)
        public = known.get((name, signature[:4]), b"")
        if mark == "—" and public:
            message = f"{text}\n".encode()
            need(ed25519(public, signature[4:], message), "checkpoint")
            origin, size, root = text.split("\n")[:3]
            need(origin == name, "checkpoint")
            return Checkpoint(int(size), base64.b64decode(root))
    raise Found(UNKNOWN, f"key {lines.strip()}")


def check_inclusion(leaf: bytes, index: int, path: list[bytes], top: Checkpoint) -> None:
    """RFC 6962, section 2.1.1."""
    need(0 <= index < top.size, "no such leaf")
    made, at, last, steps = sha256(b"\0", leaf), index, top.size - 1, list(path)
    while last:
        if at & 1 or at < last:
            need(steps, "path")
            beside = steps.pop(0)
            made = sha256(b"\1", beside, made) if at & 1 else sha256(b"\1", made, beside)
        at, last = at >> 1, last >> 1
    need(not steps and made == top.root, "not in the log")


def check_consistency(path: list[bytes], old: Checkpoint, new: Checkpoint) -> None:
    """RFC 6962, section 2.1.2: the newer log begins with the older one."""
    if old.size == new.size:
        need(old == new and not path, "two logs")
        return
    need(0 < old.size < new.size, "not a later checkpoint")
    at, last, steps = old.size - 1, new.size - 1, list(path)
    while at & 1:
        at, last = at >> 1, last >> 1
    low = high = steps.pop(0) if at and steps else old.root
    while last:
        if at & 1:
            need(steps, "consistency")
            low, high = sha256(b"\1", steps[0], low), sha256(b"\1", steps.pop(0), high)
        elif at < last:
            need(steps, "consistency")
            high = sha256(b"\1", high, steps.pop(0))
        at, last = at >> 1, last >> 1
    need(not steps and (low, high) == (old.root, new.root), "the log was rewritten")


def roots(leaves: bytes, sizes: set[int]) -> dict[int, bytes]:
    """The root of the first so many entries, for each of ``sizes``; entries are 32 bytes each."""
    peaks: list[bytes] = []
    found = {}
    for at in range(1, len(leaves) // 32 + 1):
        made, left = sha256(b"\0", leaves[at * 32 - 32 : at * 32]), at
        while not left & 1:
            made, left = sha256(b"\1", peaks.pop(), made), left >> 1
        peaks.append(made)
        if at in sizes:
            whole = peaks[-1]
            for peak in reversed(peaks[:-1]):
                whole = sha256(b"\1", peak, whole)
            found[at] = whole
    return found


def _path(raw: str) -> list[bytes]:
    joined = base64.b64decode(raw, validate=True)
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]


class Document(NamedTuple):
    """What a document alone tells.

    Where it stands in the log, what recognises later entries about it, the times in it; ``left``
    is what a document of an earlier edition leaves open.
    """

    top: Checkpoint
    salt: bytes
    digest: str
    times: list[Time]
    left: str


def check(pdf: bytes, keys: list[str]) -> Document:
    """The document alone."""
    seal = check_seal(pdf)
    proof, _ = carried(pdf)
    schema = int(proof["schema"])
    need(schema <= SCHEMA, "newer", UNUSABLE)
    need(seal.whole or schema < SCHEMA, "seal")
    log, digest = proof["log"], str(proof["sha256"])
    top = opened(log["checkpoint"], keys)
    salt = bytes.fromhex(proof["salt"])
    issued = entry(salt, {"kind": "issued", "sha256": digest})
    check_inclusion(issued, log["index"], _path(log["path"]), top)
    if schema > 1:
        certificates, vouched = (
            sorted(sha256(each).hex() for each in seal.certificates),
            proof["seal"],
        )
        need(sorted(vouched["certificates"]) == certificates, "the seal of another")
        leaf = entry(b"", {"certificates": certificates, "kind": "seal"})
        check_inclusion(leaf, vouched["index"], _path(vouched["path"]), top)
    left = "earlier" if schema == 1 else "" if seal.whole else "tail"
    return Document(top, salt, digest, seal.times, left)


def check_later(told: dict[str, Any], top: Checkpoint, keys: list[str]) -> None:
    check_consistency(_path(told["path"]), top, opened(told["checkpoint"], keys))


def check_journal(journal: bytes, pdf: bytes, found: Document, keys: list[str]) -> tuple[int, bool]:
    """The whole log: signed, begun as the document says, and silent about its end.

    Its size, and whether it holds the approval of the establishment's director.
    """
    top = found.top
    note, _, leaves = journal.partition(b"\n\0")
    now = opened(note.decode() + "\n", keys)
    need(len(leaves) == now.size * 32 and top.size <= now.size, "journal")
    made = roots(leaves, {top.size, now.size})
    need((made[top.size], made[now.size]) == (top.root, now.root), "journal")
    there = {leaves[at : at + 32] for at in range(0, len(leaves), 32)}
    kept = entry(found.salt, {"kind": "document", "sha256": sha256(pdf).hex()}) in there
    need(kept or not found.left, "earlier" if found.left == "earlier" else "absent", UNUSABLE)
    for kind in ("revoked", "superseded"):
        if entry(found.salt, {"kind": kind, "sha256": found.digest}) in there:
            raise Found(NOT_IN_FORCE, kind)
    need(kept, "absent", UNUSABLE)
    return now.size, entry(found.salt, {"kind": "approved", "sha256": found.digest}) in there


def check_stamp(told: dict[str, Any], top: Checkpoint, keys: list[str]) -> Time:
    """A third party's time over a log that goes on from the document's own."""
    check_later(told, top, keys)
    token = base64.b64decode(told["token"], validate=True)
    return check_time(token, told["checkpoint"].encode())


def certificates_in(pem: bytes) -> list[bytes]:
    found = re.findall(
        rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", pem, re.DOTALL
    )
    return [base64.b64decode(each) for each in found]


def check_beside(
    pdf: bytes, found: Document, keys: list[str], given: tuple[bytes | None, ...]
) -> tuple[int | None, bool]:
    """What was given with the document: a fault in that is none of the document's."""
    later, journal, stamp = given
    size, approved = None, False
    try:
        if later is not None:
            check_later(_json(later), found.top, keys)
        if stamp is not None:
            check_stamp(_json(stamp), found.top, keys)
        if journal is not None:
            size, approved = check_journal(journal, pdf, found, keys)
    except Found as answer:
        need(answer.args[0] in {NOT_IN_FORCE, UNUSABLE}, "beside", UNUSABLE)
        raise
    except _UNREADABLE:
        need(False, "beside", UNUSABLE)  # noqa: FBT003 - said as everything else is
    need(journal is not None or not found.left, found.left, UNUSABLE)
    return size, approved


_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, OverflowError, RecursionError)


def answered(
    pdf: bytes,
    keys: list[str],
    later: bytes | None = None,
    journal: bytes | None = None,
    stamp: bytes | None = None,
) -> Found:
    """The one answer, why; of a valid document the times in it, and whether it was approved.

    Whatever cannot be read as it should be is altered, if it shows that it was ours.
    """
    try:
        found = check(pdf, keys)
        size, approved = check_beside(pdf, found, keys, (later, journal, stamp))
        return Found(VALID, size, found.times, approved)
    except Found as answer:
        if answer.args[0] != ALTERED or shows(pdf):
            return answer
    except _UNREADABLE as error:
        if shows(pdf):
            return Found(ALTERED, repr(error))
    return Found(UNKNOWN, "stranger")


def main() -> int:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("pdf", type=Path)
    asked.add_argument("--key", action="append", default=[])
    asked.add_argument("--later", type=Path)
    asked.add_argument("--journal", type=Path)
    asked.add_argument("--stamp", type=Path)
    asked.add_argument("--tsa", type=Path)
    asked.add_argument("--lang", choices=sorted(SAID), default="fr")
    try:
        given = asked.parse_args()
    except SystemExit as stop:
        return UNUSABLE if stop.code else VALID
    said, out = SAID[given.lang], sys.stdout
    try:
        asked_of = (given.pdf, given.later, given.journal, given.stamp, given.tsa)
        read = [each and each.read_bytes() for each in asked_of]
    except OSError as error:
        out.write(f"{said[UNUSABLE]} {error}\n")
        return UNUSABLE
    code, why, *more = answered(read[0], [*KEYS, *given.key], *read[1:4]).args
    lines = [said[code]]
    if code == VALID:
        lines.append(said["alone"] if why is None else f"{said['journal']} {why}")
        lines += [said["approved"]] if more[1] else []
        lines += [_whose(said["time"], each, read[4] or b"", said) for each in more[0]]
        lines += [_time_said(read[3], read[4] or b"", said)] if read[3] else []
    elif why is not None:
        kind, _, rest = str(why).partition(" ")
        lines[0] += f" {said[kind]} {rest}".rstrip() if kind in said else f" {why}"
    out.write("\n".join([*lines, f"SHA-256 {sha256(read[0]).hex()}", ""]))
    return int(code)


def _time_said(stamp: bytes, roots: bytes, said: dict[Any, str]) -> str:
    told = _json(stamp)
    time = check_time(base64.b64decode(told["token"]), told["checkpoint"].encode())
    return _whose(said["stamp"], time, roots, said)


def _whose(words: str, time: Time, roots: bytes, said: dict[Any, str]) -> str:
    """The time, and by whom: one that ``roots`` lead to, or one that nobody vouches for."""
    try:
        believed = leads_to(time, certificates_in(roots))
    except (Found, *_UNREADABLE):
        believed = False
    whose = said["believed" if believed else "unknown"]
    return f"{words} {time.at}, {whose} SHA-256 {sha256(time.authority).hex()}"


if __name__ == "__main__":
    sys.exit(main())
