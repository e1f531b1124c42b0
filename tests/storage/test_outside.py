"""Where an address leads is judged by the address itself, and by the one inside it that a network may unwrap."""

from __future__ import annotations

import pytest

from bot import inside
from storage import webhooks

#: How addresses of IPv4 are written into one of IPv6: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056).
WRAPPED = ("::ffff:{dotted}", "64:ff9b::{dotted}", "2002:{hexed}::1")
#: Nobody's on the internet, whatever stands in them: IPv4-compatible (RFC 4291), translated (RFC 6145), NAT64 within
#: one's own network (RFC 8215), Teredo (RFC 4380).
REFUSED = ("::{dotted}", "::ffff:0:{dotted}", "64:ff9b:1::{dotted}", "64:ff9b:1:{hexed}::", "2001:0:{hexed}::8000:1")
WITHIN = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
)  # fmt: skip
WITHOUT = ("8.8.8.8", "185.199.108.153")


def written(form: str, dotted: str) -> str:
    one, two, three, four = (int(part) for part in dotted.split("."))
    return form.format(dotted=dotted, hexed=f"{one << 8 | two:x}:{three << 8 | four:x}")


@pytest.mark.parametrize("form", ["{dotted}", *WRAPPED])
def test_an_address_in_another_leads_where_the_inner_one_leads(form: str) -> None:
    for dotted in (*WITHIN, *WITHOUT):
        address = written(form, dotted)
        assert webhooks.outside(address) == (dotted in WITHOUT), address
        assert inside.leads_in(address) == (dotted in WITHIN), address
        host = f"[{address}]" if ":" in address else address
        assert bool(webhooks.problem(f"https://{host}/hook")) == (dotted in WITHIN), address


@pytest.mark.parametrize("form", REFUSED)
def test_what_only_a_network_of_ones_own_unwraps_is_refused(form: str) -> None:
    for dotted in (*WITHIN, *WITHOUT):
        address = written(form, dotted)
        assert not webhooks.outside(address) and inside.leads_in(address), address


@pytest.mark.parametrize(
    "address",
    ["::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "ff0e::1", "100::1",
     "2001:db8::1", "2001:2::1", "4000::1", "5f00::1"],
)  # fmt: skip
def test_other_addresses_that_are_nobodys_on_the_internet(address: str) -> None:
    assert not webhooks.outside(address) and inside.leads_in(address)


def test_addresses_of_the_internet_are_outside() -> None:
    for address in ("2001:4860:4860::8888", "2606:50c0:8000::153", "2a00:1450:4009::200e"):
        assert webhooks.outside(address) and not inside.leads_in(address)
