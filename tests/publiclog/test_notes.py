"""Signed notes: the example that all implementations know, and what is refused."""

import pytest

from portal.publiclog import notes
from portal.publiclog.notes import BadNote, Checkpoint, Signer, Verifier

#: The key and the note of the format's reference implementation.
PEER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    TEXT + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer("treize.example/journal", bytes(range(32)))
CHECKPOINT = Checkpoint(SIGNER.name, 3, bytes(32))
SIGNED = SIGNER.signed(str(CHECKPOINT))


def test_a_note_that_everybody_opens_is_opened() -> None:
    assert Verifier.parse(PEER).opened(NOTE) == TEXT
    assert str(Verifier.parse(PEER)) == PEER


def test_a_checkpoint_is_written_as_the_format_says() -> None:
    assert SIGNED.startswith(
        "treize.example/journal\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "\n— treize.example/journal "
    )
    assert notes.opened(SIGNED, SIGNER.verifier) == CHECKPOINT


def test_keys_are_written_and_read_again() -> None:
    assert Signer.parse(str(SIGNER)) == SIGNER
    assert Verifier.parse(str(SIGNER.verifier)) == SIGNER.verifier


def test_signatures_of_others_stand_beside_ours() -> None:
    other = Signer("witness.example", bytes(32))
    both = SIGNED + other.signed(str(CHECKPOINT)).rpartition("\n\n")[2]

    assert notes.opened(both, SIGNER.verifier) == CHECKPOINT
    assert notes.Verifier.opened(other.verifier, both) == str(CHECKPOINT)


@pytest.mark.parametrize(
    "note",
    [
        "", "\n", TEXT, NOTE[:-1], NOTE.replace("answer", "Answer"), NOTE.replace("—", "-"),
        NOTE.replace("x08go", "x08gp"), NOTE.replace("Peter", "Paul"), NOTE.replace("/ZJ", "/ZK"),
        TEXT + "\n", TEXT + "\n— PeterNeumann\n", TEXT + "\n— PeterNeumann !!\n",
        NOTE + "— PeterNeumann " + "x" * 9 + "\n",
    ],
    ids=range(13),
)  # fmt: skip
def test_what_this_key_did_not_sign_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        Verifier.parse(PEER).opened(note)


def test_every_changed_byte_of_a_checkpoint_is_seen() -> None:
    raw = SIGNED.encode()
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(BadNote):
            notes.opened(changed.decode("utf-8", "replace"), SIGNER.verifier)


def test_the_checkpoint_of_another_log_is_none_of_ours() -> None:
    stolen = SIGNER.signed(str(Checkpoint("else.example/journal", 3, bytes(32))))

    with pytest.raises(BadNote, match="another log"):
        notes.opened(stolen, SIGNER.verifier)


@pytest.mark.parametrize(
    "text", ["", "a\n-1\nAA==\n", "a\n01\nAA==\n", "a\nx\nAA==\n", "\n1\nAA==\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


@pytest.mark.parametrize("text", ["", "a+b", "PeterNeumann+c74f20a4+" + PEER.rpartition("+")[2]])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Verifier.parse(text)
    with pytest.raises(BadNote):
        Signer.parse("PRIVATE+KEY+" + text)
