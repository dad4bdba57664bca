import pytest

from diptych.core.addresses import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_address_counts_with_its_network(address, network):
    assert network_of(address) == network


def test_a_site_has_many_networks():
    assert network_of("2001:db8:1:2::1", prefix=48) == network_of("2001:db8:1:3::1", prefix=48)
    assert network_of("2001:db8:1::1", prefix=48) != network_of("2001:db8:2::1", prefix=48)
