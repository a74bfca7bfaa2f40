"""Lists of addresses and networks."""

import pytest

from nightbell.domain.networks import is_listed


@pytest.mark.parametrize(
    ("address", "allow_list"),
    [
        ("127.0.0.1", "127.0.0.1,::1"),
        ("::1", "127.0.0.1,::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("192.0.2.0", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.99/24"),
        ("192.0.2.7", "192.0.2.0/255.255.255.0"),
        ("2001:db8::ffff", "2001:db8::/112"),
        ("192.0.2.1", " 198.51.100.1 , 192.0.2.1 "),
        ("192.0.2.1", "198.51.100.1\n192.0.2.1"),
        ("192.0.2.1", "198.51.100.1\r\n192.0.2.1\r\n"),
        ("192.0.2.1", ",,192.0.2.1,"),
        ("203.0.113.5", "0.0.0.0/0"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.0/24"),
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("192.0.2.1", "::ffff:192.0.2.0/120"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("192.0.2.1", "::ffff:0:0/96"),
    ],
)
def test_finds_an_address_in_the_list(address, allow_list):
    assert is_listed(address, allow_list) is True


@pytest.mark.parametrize(
    ("address", "allow_list"),
    [
        ("127.0.0.1", ""),
        ("127.0.0.1", " , \n"),
        ("127.0.0.1", "::1"),
        ("::1", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.10"),
        ("192.0.1.255", "192.0.2.0/24"),
        ("192.0.3.0", "192.0.2.0/24"),
        ("2001:db8::1:0", "2001:db8::/112"),
        ("203.0.113.5", "::/0"),
        ("2001:db8::1", "0.0.0.0/0"),
        ("192.0.2.129", "::ffff:192.0.2.0/121"),
    ],
)
def test_does_not_find_another_address(address, allow_list):
    assert is_listed(address, allow_list) is False


@pytest.mark.parametrize(
    "address",
    ["", " ", "unknown", "localhost", "127.0.0.1:80", "127.0.0.1 ", "127.1", "1", "[::1]"],
)
def test_what_is_no_address_is_never_listed(address):
    assert is_listed(address, "0.0.0.0/0,::/0") is False
