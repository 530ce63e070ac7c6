"""Setting a contest up as an organiser does it: from a template, page by page, to the opening; kept as pictures."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import LAPTOP, PHONE, Browsing, Watched
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DESK = (LAPTOP, PHONE)
TABS = (
    "general",
    "rounds",
    "paper",
    "ranking",
    "prediction",
    "entry",
    "audiences",
    "prizes",
    "collective",
    "complaints",
)
PLAIN = ("setup-general", "setup-rounds", "setup-prediction", "setup-audiences", "setup-complaints", "rules", "list")
"""Made of nothing that the other pages are not made of."""
FIRST_DAY = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d")


@pytest.fixture
def organiser(browsing: Browsing, staff: Staff) -> Watched:
    return browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())


def kept(page: Page) -> None:
    """Wait until what was typed is stored."""
    expect(page.locator("#save-state .saved")).to_be_visible()
    expect(page.locator("#save-state .unsaved")).to_have_count(0)


def create(page: Page, staff: Staff, title: str) -> str:
    page.goto(f"{staff.admin}/contests/new")
    page.get_by_label("Tên cuộc thi").fill(title)
    page.get_by_label("Ngày đầu của đợt đầu").fill(FIRST_DAY)
    page.locator('[name="template"][value="dak_lak_2025"]').check()
    page.get_by_role("button", name="Tạo và thiết lập").click()
    page.wait_for_url(re.compile(r"/contests/\d+/setup/general"))
    return page.url.removesuffix("/setup/general")


def test_from_a_template_to_the_opening(organiser: Watched, browsing: Browsing, staff: Staff) -> None:
    page = organiser.page
    contest = create(page, staff, f"Thi chuyển đổi số {staff.name()}")

    page.get_by_label("Đơn vị tổ chức").fill("Sở Khoa học và Công nghệ tỉnh Đắk Lắk")
    kept(page)

    # A fault stands at its field, and goes with it.
    page.goto(f"{contest}/setup/paper")
    points = page.get_by_label("Điểm mỗi câu đúng")
    points.fill("mười")
    expect(page.locator("#p-blueprint-points_each")).to_have_text(re.compile("Chưa phải là số"))
    expect(page.locator("#tab-paper .badge")).to_contain_text("1")
    points.fill("10")
    expect(page.locator("#p-blueprint-points_each")).to_be_empty()
    expect(page.locator("#tab-paper .badge")).to_have_count(0)
    # The bank's counts follow what is chosen.
    page.locator("#f-blueprint-cells-0-count").fill("6")
    page.get_by_role("button", name="Thêm dòng").click()
    expect(page.locator("fieldset.row")).to_have_count(2)
    page.locator("#f-blueprint-cells-1-count").fill("4")
    page.locator("#f-blueprint-cells-1-category").select_option("online_payment")
    expect(page.locator("#held-1")).to_have_text(re.compile("Ngân hàng có 10 câu"))
    expect(page.locator("#paper-sum")).to_have_text(re.compile("10 câu mỗi đề"))
    kept(page)
    organiser.look("contest-setup-paper-two-rows", DESK, whole=True)

    # Steps of the chain move, and another one joins.
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    page.goto(f"{contest}/setup/ranking")
    page.get_by_role("button", name="Đưa lên: Dự đoán gần đúng hơn").click()
    expect(page.locator("ol.chain li").nth(1)).to_contain_text("Dự đoán gần đúng hơn")
    page.get_by_label("So thêm").select_option("started")
    page.locator('button[value="ranking.chain:add"]').click()
    expect(page.locator("ol.chain li")).to_have_count(5)

    # A part is switched on and shows its fields.
    page.goto(f"{contest}/setup/collective")
    page.get_by_role("switch").check()
    expect(page.get_by_label("Tỷ lệ tối thiểu (%)")).to_be_visible()
    page.locator('[name="collective.formula"][value="completion_rate"]').check()
    page.get_by_label("Tỷ lệ tối thiểu (%)").fill("70,5")
    kept(page)
    page.reload()
    expect(page.get_by_label("Tỷ lệ tối thiểu (%)")).to_have_value("70,5")

    page.goto(f"{contest}/rules")
    expect(page.locator("article")).to_contain_text("70,5")
    page.goto(f"{contest}/open")
    page.get_by_role("button", name="Mở cuộc thi").click()
    page.wait_for_url(re.compile(r"opened=1"))
    expect(page.locator("main .phase").first).to_have_text("Đang mở")

    # Later changes are a further version with its reason.
    page.goto(f"{contest}/setup/complaints")
    page.get_by_label("Số ngày làm việc nhận khiếu nại").fill("7")
    kept(page)
    page.goto(f"{contest}/amend")
    page.get_by_label("Lý do").fill("Theo góp ý của các xã, phường")
    organiser.look("contest-amend", DESK, whole=True)
    page.get_by_role("button", name="Ban hành bản số 2").click()
    expect(page.locator("main")).to_contain_text("Theo góp ý của các xã, phường")
    organiser.look("contest-versions", DESK, whole=True)
    assert browsing.faults() == []


def test_a_dry_run_is_watched_and_read(organiser: Watched, browsing: Browsing, staff: Staff) -> None:
    page = organiser.page
    contest = create(page, staff, f"Chạy thử {staff.name()}")
    page.goto(f"{contest}/dry-run")
    page.get_by_label("Số người").fill("300")
    page.get_by_role("button", name="Chạy thử").click()
    expect(page.locator("progress")).to_be_visible()
    expect(page.get_by_text("Hai chương trình tính độc lập cho cùng một kết quả.")).to_be_visible()
    expect(page.get_by_role("cell", name="Giải Nhất").first).to_be_visible()
    organiser.look("contest-dry-run", DESK, whole=True)
    assert browsing.faults() == []


def test_every_page_without_javascript(browsing: Browsing, staff: Staff) -> None:
    """Rows are added by plain forms; what was typed meanwhile is kept."""
    context = browsing.chromium.new_context(java_script_enabled=False, storage_state=staff.storage())
    browsing.contexts.append(context)
    page = context.new_page()
    contest = create(page, staff, f"Không JavaScript {staff.name()}")
    page.goto(f"{contest}/setup/prizes")
    rows = page.locator("fieldset.row").count()
    page.locator('[name="prizes.0.value_vnd"]').fill("3.000.000")
    page.get_by_role("button", name="Thêm giải").click()
    expect(page.locator("fieldset.row")).to_have_count(rows + 1)
    expect(page.locator('[name="prizes.0.value_vnd"]')).to_have_value("3.000.000")
    page.locator(f'button[value="prizes:remove:{rows}"]').click()
    expect(page.locator("fieldset.row")).to_have_count(rows)


def test_every_page_is_looked_at(browsing: Browsing, staff: Staff) -> None:
    """All of them in Vietnamese; in English those with the most words."""
    look = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    contest = create(look.page, staff, "Cuộc thi trắc nghiệm tìm hiểu về chuyển đổi số tỉnh Đắk Lắk năm 2026")
    pages = {f"setup-{tab}": f"{contest}/setup/{tab}" for tab in TABS}
    pages |= {name: f"{contest}/{name}" for name in ("rules", "open", "lists", "dry-run")}
    pages |= {"hub": contest, "list": f"{staff.admin}/contests", "new": f"{staff.admin}/contests/new"}
    for name, address in pages.items():
        look.page.goto(address)
        look.look(f"contest-{name}-vi", DESK, axe=name not in PLAIN, whole=True)
    look = browsing.watch(browsing.context(LAPTOP, storage=staff.storage("en")).new_page())
    for name in ("setup-ranking", "setup-entry", "setup-collective", "hub", "lists", "open"):
        look.page.goto(pages[name])
        look.look(f"contest-{name}-en", DESK, axe=False, whole=True)
    assert browsing.faults() == []
