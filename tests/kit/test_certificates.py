"""What is said of a seal is what its certificate states; chains come in any order."""

import io
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pikepdf
import pytest

from portal.attestations import report
from portal.config import Settings
from portal.kit import certificates, clock, sealing
from portal.kit.sealing import Means, SealSettingsError
from tests.attestations import samples
from tests.kit import issuing, pdf_reading, test_sealing
from tests.kit.issuing import Issued, issued, statements

settings = test_sealing.settings
QUALIFIED = statements("qc_compliance", "qc_sscd", "qc_type")


def _means(settings: Settings, path: Path, made: Issued, *, qualified: bool = False) -> Means:
    written = made.written(path / "seal.p12", made.chain[1:])
    return sealing.means(
        replace(settings, environment="production", seal_pkcs12=written, seal_qualified=qualified)
    )


def test_a_chain_leads_to_its_root_in_whatever_order_it_was_given(
    settings: Settings, tmp_path: Path
) -> None:
    made, stranger = issued(), issued().chain[2]
    chain = list(made.chain)

    for others in permutations([*made.chain[1:], stranger]):
        assert certificates.chain(made.chain[0], others) == chain
    assert certificates.chain(made.chain[0], [stranger]) == chain[:1]
    for above in (made.chain[1:], made.chain[:0:-1]):
        written = made.written(tmp_path / "seal.p12", above)
        means = sealing.means(replace(settings, seal_pkcs12=written))
        assert [sealing._der(each) for each in chain] == list(means.chain)
        assert means.subject == issuing.NAMES[0]


def test_qualified_is_printed_of_a_certificate_that_states_it(
    settings: Settings, tmp_path: Path
) -> None:
    made = issued(QUALIFIED)

    def words(*, qualified: bool) -> str:
        means = _means(settings, tmp_path, made, qualified=qualified)
        address = test_sealing.ADDRESS
        document = report.render(samples.snapshot(), verify_url=address, seal=means)
        return pdf_reading.text_of(pikepdf.open(io.BytesIO(document)))

    assert "Cachet électronique qualifié." in words(qualified=True)
    assert "qualifié" not in words(qualified=False)


@pytest.mark.parametrize(
    ("stated", "lacks"),
    [
        (None, "QcCompliance, QcSSCD, QcType eSeal"),
        (statements("qc_compliance"), "QcSSCD, QcType eSeal"),
        (statements("qc_compliance", "qc_type"), "QcSSCD"),
        (statements("qc_compliance", "qc_sscd", "qc_type", usage="qct_esign"), "QcType eSeal"),
    ],
)
def test_qualified_is_never_said_of_another(
    settings: Settings, tmp_path: Path, stated: bytes | None, lacks: str
) -> None:
    made = issued(stated)

    with pytest.raises(SealSettingsError, match=f"does not state {lacks}$"):
        _means(settings, tmp_path, made, qualified=True)
    assert not _means(settings, tmp_path, made).qualified


def test_a_certificate_that_has_ended_seals_nothing(settings: Settings, tmp_path: Path) -> None:
    ended = clock.now() - timedelta(days=1)

    with pytest.raises(SealSettingsError, match=f"until {ended:%Y-%m-%d}"):
        _means(settings, tmp_path, issued(ends=ended))
