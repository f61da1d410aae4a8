#!/usr/bin/env python3
"""Check an attestation of Treize on a machine without a network.  Python 3.9 or later, no package.

    python3 treize_verifier.py attestation.pdf
        [--key KEY]        a key of the log to believe, beside those written below; several times
        [--later FILE]     a later checkpoint with its proof that it goes on from this one (JSON)
        [--journal FILE]   the whole log, as published: was the document revoked or superseded?
        [--stamp FILE]     a third party's time over a later checkpoint, with its proof (JSON)
        [--tsa FILE]       certificates (PEM) that such a time is believed by
        [--lang fr|en]

Exit code: 0 valid, 1 altered, 2 signed by a log that is not known here, 3 revoked or superseded,
4 nothing could be checked (arguments, files).

What is checked: the seal covers every byte and was made by a certificate that stands in the log;
the data inside the document stand in the log; a key that is believed signed the log's checkpoint.
A time in the seal (B-T) or over the document (B-LTA) must hold as well; whether its authority is to
be believed is not asked, for the answer does not rest on it.  Certificates that an authority sends
along, and that nothing in the file vouches for, are compared with --journal alone.
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
from pathlib import Path
from typing import Any, NamedTuple

#: Keys that are believed; the portal writes its own here when it hands this file out.
KEYS: tuple[str, ...] = ()

VALID, ALTERED, UNKNOWN_KEY, NOT_IN_FORCE, UNUSABLE = range(5)
SAID: dict[str, dict[Any, str]] = {
    "fr": {
        VALID: "VALIDE : le document est celui qui a été émis, sans un octet de changé.",
        ALTERED: "ALTÉRÉ : ce n’est pas, ou plus, le document qui a été émis.",
        UNKNOWN_KEY: "JOURNAL INCONNU : aucune des clés connues ici n’a signé pour ce document.",
        NOT_IN_FORCE: "PLUS EN VIGUEUR : le document est authentique, mais",
        UNUSABLE: "Rien n’a pu être vérifié :",
        "revoked": "il a été révoqué.",
        "superseded": "un plus récent le remplace.",
        "alone": "Révocation et remplacement : à vérifier avec --journal, ou en ligne.",
        "journal": "Le journal entier va de pair : ni révoqué, ni remplacé, entrées :",
        "stamp": "Un tiers l’atteste : le document était au journal avant le",
        "believed": "selon une autorité à laquelle on se fie :",
        "unknown": "autorité non vérifiée ici (--tsa) :",
    },
    "en": {
        VALID: "VALID: the document is the one that was issued, not a byte of it changed.",
        ALTERED: "ALTERED: it is not, or no longer, the document that was issued.",
        UNKNOWN_KEY: "UNKNOWN LOG: none of the keys known here signed for this document.",
        NOT_IN_FORCE: "NOT IN FORCE: the document is authentic, but",
        UNUSABLE: "Nothing could be checked:",
        "revoked": "it was revoked.",
        "superseded": "a newer one replaces it.",
        "alone": "Revoked or superseded? Check with --journal, or online.",
        "journal": "The whole log agrees: neither revoked nor superseded, entries:",
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


# ── Curves: Ed25519 (RFC 8032) for the log, P-256 and P-384 for seals ────────────────────────────
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


def signed_by(
    certificate: bytes, algorithm: bytes, signature: bytes, message: bytes, how: str = "sha256"
) -> bool:
    """Whether its key signed ``message``; ``how`` is the digest where ``algorithm`` names none."""
    fields = cells(inner(cells(inner(certificate))[0]))
    kind, key = cells(inner(fields[6 if fields[0][0] == 0xA0 else 5]))[:2]
    oids, public = parts(kind), inner(key)[1:]
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
    whole = len(signature) == size and number < modulus
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


def check_cms(cms: bytes, digest: bytes) -> list[bytes]:
    """The certificates in a signature over ``digest``: rebuilt, and compared with what is there."""
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
    made = wrap(0x30, *whole, wrap(4, signature), *[timed(each, signature) for each in info[6:]])
    plain = wrap(0x30, wrap(6, bytes.fromhex("2a864886f70d010701")))
    again = (wrap(2, b"\1"), data[1], plain, wrap(0xA0, *certificates), wrap(0x31, made))
    kind = wrap(6, bytes.fromhex("2a864886f70d010702"))
    need(wrap(0x30, kind, wrap(0xA0, wrap(0x30, *again))) == cms, "CMS")
    need(signed_by(one, info[4], signature, wrap(0x31, inner(info[3]))), "signature")
    return certificates


# ── Times told by a third party (RFC 3161): in a seal, over a document, over the log ─────────────
_TST = wrap(6, bytes.fromhex("2a864886f70d0109100104"))
_ESS = {"2a864886f70d010910020c": "sha1", "2a864886f70d010910022f": "sha256"}


class Time(NamedTuple):
    """When, by whom (its certificate), and what else it sent along."""

    at: str
    authority: bytes
    others: list[bytes]


def timed(attribute: bytes, signature: bytes) -> bytes:
    """The one thing that may follow a signature unsigned: a time over it, which holds."""
    found = cells(inner(attribute))
    need(len(found) == 1, "CMS")
    token = inner(cells(inner(found[0]))[1])
    check_time(token, signature)
    kind = wrap(6, bytes.fromhex("2a864886f70d010910020e"))
    return wrap(0xA1, wrap(0x30, kind, wrap(0x31, token)))


def check_time(token: bytes, *message: bytes) -> Time:
    """A time over ``message``: rebuilt, and compared with what is there."""
    data = cells(inner(inner(cells(inner(token))[1])))
    need(len(data) == 5, "time")
    info, certificates = cells(inner(inner(data[4]))), cells(inner(data[3]))
    need(len(info) == 6, "time")
    how = _DIGESTS.get(info[2], "")
    need(how, "time: digest not known here", UNUSABLE)
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
    need(any(info[4] in known for known in _BY.values()), "time: key not known here", UNUSABLE)
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
    need(how in _DIGESTS, "time: digest not known here", UNUSABLE)
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


_RANGE = re.compile(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]")


def check_seal(pdf: bytes) -> list[bytes]:
    """The certificates of the seal, which must cover the whole file but its own place.

    A seal that lasts is followed by what keeps it, and by a time over all of that: it is the last.
    """
    found = [[int(each) for each in one.groups()] for one in _RANGE.finditer(pdf)]
    need(found and sum(found[-1][2:]) == len(pdf), "seal")
    cms, *covered = placed(pdf, found[0])
    certificates = check_cms(cms, sha256(*covered))
    if len(found) > 1:
        token, *covered = placed(pdf, found[-1])
        check_time(token, *covered)
    return certificates


def placed(pdf: bytes, covers: list[int]) -> tuple[bytes, bytes, bytes]:
    """What stands in a seal's place, and the bytes before and after that it covers."""
    zero, before, after, rest = covers
    place = pdf[before:after]
    need(zero == 0 and before < after and place[:1] + place[-1:] == b"<>", "seal")
    written = place[1:-1]
    need(re.fullmatch(rb"(?:[0-9A-F]{2})+|(?:[0-9a-f]{2})+", written), "hex")
    raw = bytes.fromhex(written.decode())
    end = tlv(raw)[2]
    need(not any(raw[end:]), "seal")
    return raw[:end], pdf[:before], pdf[after : after + rest]


# ── What the document carries, and the log that it says to stand in ──────────────────────────────
def carried(pdf: bytes) -> tuple[dict[str, Any], bytes]:
    """The proof inside, and the data that it is about: files in the document, as a bytes each."""
    proofs, contents = [], {}
    for start in re.finditer(rb"stream\r?\n", pdf):
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(pdf[start.end() :], 20_000_000)
        except zlib.error:
            content = pdf[start.end() : pdf.find(b"endstream", start.end())].rstrip(b"\r\n")
        if content[:1] == b"{":
            contents[sha256(content).hex()] = content
            told = _json(content)
            proofs += [told] if "salt" in told and "log" in told else []
    need(len(proofs) == 1, "no proof inside")
    data = contents.get(str(proofs[0].get("sha256")))
    need(data is not None, "data")
    return proofs[0], data or b""


def _json(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
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
    raise Found(UNKNOWN_KEY, lines.strip())


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


def check(pdf: bytes, keys: list[str]) -> tuple[Checkpoint, bytes, str]:
    """The document alone.  Its checkpoint, and what recognises later entries about it."""
    certificates = sorted(sha256(each).hex() for each in check_seal(pdf))
    proof, _ = carried(pdf)
    log, seal, digest = proof["log"], proof["seal"], str(proof["sha256"])
    top = opened(log["checkpoint"], keys)
    salt = bytes.fromhex(proof["salt"])
    issued = entry(salt, {"kind": "issued", "sha256": digest})
    check_inclusion(issued, log["index"], _path(log["path"]), top)
    need(sorted(seal["certificates"]) == certificates, "the seal of another")
    vouched = entry(b"", {"certificates": certificates, "kind": "seal"})
    check_inclusion(vouched, seal["index"], _path(seal["path"]), top)
    return top, salt, digest


def check_later(told: dict[str, Any], top: Checkpoint, keys: list[str]) -> None:
    check_consistency(_path(told["path"]), top, opened(told["checkpoint"], keys))


def check_journal(
    journal: bytes, pdf: bytes, found: tuple[Checkpoint, bytes, str], keys: list[str]
) -> int:
    """The whole log: signed, begun as the document says, and silent about its end.  Its size."""
    top, salt, digest = found
    note, _, leaves = journal.partition(b"\n\0")
    now = opened(note.decode() + "\n", keys)
    need(len(leaves) == now.size * 32 and top.size <= now.size, "journal")
    made = roots(leaves, {top.size, now.size})
    need((made[top.size], made[now.size]) == (top.root, now.root), "journal")
    there = {leaves[at : at + 32] for at in range(0, len(leaves), 32)}
    for kind in ("revoked", "superseded"):
        if entry(salt, {"kind": kind, "sha256": digest}) in there:
            raise Found(NOT_IN_FORCE, kind)
    kept = entry(salt, {"kind": "document", "sha256": sha256(pdf).hex()})
    need(kept in there, "not the file that was issued")
    return now.size


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


def answered(
    pdf: bytes,
    keys: list[str],
    later: bytes | None = None,
    journal: bytes | None = None,
    stamp: bytes | None = None,
) -> Found:
    """The one answer.  Whatever cannot be read as it should be is altered."""
    try:
        found = check(pdf, keys)
        if later is not None:
            check_later(_json(later), found[0], keys)
        if stamp is not None:
            check_stamp(_json(stamp), found[0], keys)
        if journal is None:
            return Found(VALID, None)
        return Found(VALID, check_journal(journal, pdf, found, keys))
    except Found as answer:
        return answer
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        return Found(ALTERED, repr(error))


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
    code, why = answered(read[0], [*KEYS, *given.key], *read[1:4]).args
    out.write(said[code])
    if code == NOT_IN_FORCE:
        out.write(f" {said[why]}")
    elif code == VALID:
        out.write(f"\n{said['alone'] if why is None else said['journal']}")
    if why is not None and code != NOT_IN_FORCE:
        out.write(f" {why}")
    if code == VALID and read[3]:
        out.write(f"\n{_time_said(read[3], read[4] or b'', said)}")
    out.write(f"\nSHA-256 {sha256(read[0]).hex()}\n")
    return int(code)


def _time_said(stamp: bytes, roots: bytes, said: dict[Any, str]) -> str:
    told = _json(stamp)
    time = check_time(base64.b64decode(told["token"]), told["checkpoint"].encode())
    whose = said["believed" if leads_to(time, certificates_in(roots)) else "unknown"]
    return f"{said['stamp']} {time.at}, {whose} SHA-256 {sha256(time.authority).hex()}"


if __name__ == "__main__":
    sys.exit(main())
