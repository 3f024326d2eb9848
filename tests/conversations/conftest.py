"""A shop, its customers and its people."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cast import CustomerOnStage, StaffOnStage, TestShop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TestShop]:
    async with opened(tmp_path) as stage:
        yield stage


@pytest.fixture
def lan(shop: TestShop) -> CustomerOnStage:
    return shop.customer("Lan")


@pytest.fixture
def huy(shop: TestShop) -> CustomerOnStage:
    return shop.customer("Huy", "zalo_oa")


@pytest.fixture
async def minh(shop: TestShop) -> StaffOnStage:
    return await shop.staff("Minh")


@pytest.fixture
async def hoa(shop: TestShop) -> StaffOnStage:
    return await shop.staff("Hoa")


@pytest.fixture
async def ba_tu(shop: TestShop) -> StaffOnStage:
    return await shop.owner()
