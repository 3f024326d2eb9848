"""What is open in the demo shop at this moment, so that the desk has something to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from care.levels import LEVELS

from . import words
from .book import Person, Row
from .caring import HOA, MINH, TUAN, WEAK, Caring


@dataclass
class Present:
    """What is open at this moment, so that the desk has something to do."""

    story: Caring

    def tell(self) -> None:
        story, now = self.story, self.story.now
        free = [one for one in story.people if one.busy_until < now - timedelta(hours=30) and one.name]
        people = iter(story.chance.sample(free, 12))
        minutes = [timedelta(minutes=one) for one in (2, 4, 9, 25, 40, 70, 95, 130)]
        self._question(
            next(people), now - minutes[0], "mình muốn đổi size áo khoác hôm qua mới nhận, đổi ở cửa hàng được ko"
        )
        self._question(
            next(people), now - minutes[1], "shop tư vấn giúp mẹ mình mẫu áo dài đi đám cưới, mẹ 58 tuổi hơi mập ạ"
        )
        late = story.hours.next_open(now - timedelta(hours=26)) or now - timedelta(hours=26)
        self._question(
            next(people),
            min(late, now - timedelta(hours=14)),
            "đơn mình đặt cả tuần chưa thấy giao, sao gọi k ai nghe máy",
        )
        self._question(next(people), now - minutes[4], "còn váy linen màu be size S ko shop", MINH, answered=True)
        self._question(
            next(people),
            now - minutes[5],
            "cho chị xin hóa đơn công ty đơn hôm qua nha",
            HOA,
            answered=True,
            pending=True,
        )
        self._complaint(
            next(people), now - minutes[3], "giao_sai_thieu", "đặt 2 áo mà trong gói chỉ có 1, có video mở hàng", None
        )
        self._complaint(
            next(people), now - minutes[6], "giao_tre", "hẹn hôm qua giao mà giờ vẫn im, mai mình đi công tác rồi", TUAN
        )
        self._complaint(
            next(people),
            now - timedelta(days=2, hours=3),
            "tien",
            "trả hàng 12 ngày rồi chưa hoàn tiền, shop trả lời đi",
            HOA,
        )
        self._rescue(next(people), now - minutes[3], 1, None)
        self._rescue(next(people), now - minutes[7], 2, MINH)
        self._about_staff(next(people), now - timedelta(hours=20))

    def _question(
        self, person: Person, at: datetime, text: str, staff: int | None = None, *, answered: bool = False,
        pending: bool = False,
    ) -> None:  # fmt: skip
        case = self.story.open_case(person, at, "question", subject=text[:120])
        self.story.say(person, "customer", text, at, case=case["id"])
        self._told(person, case, "Dạ {em} mời nhân viên vào ngay, {anh} chờ {em} chút ạ.")
        if staff is not None:
            self._taken(person, case, staff, words.STAFF_ANSWERS if answered else ())
        if pending:
            case["state"] = "pending"
            self.story.event(case, "pending", at + timedelta(minutes=8), staff)
        self.story.clocks(case)

    def _complaint(self, person: Person, at: datetime, category: str, text: str, staff: int | None) -> None:
        case = self.story.open_case(person, at, "complaint", subject=text, category=category, order_code="NM48213")
        self.story.say(person, "customer", text, at, case=case["id"])
        self._told(
            person, case, "Dạ {em} xin lỗi {anh} vì chuyện này. {Em} đã ghi nhận và chuyển người phụ trách ngay ạ."
        )
        if staff is not None:
            self._taken(person, case, staff, words.COMPLAINT_ANSWERS)
        self.story.clocks(case)

    def _rescue(self, person: Person, at: datetime, level: int, staff: int | None) -> None:
        story = self.story
        touchpoint = story.shop.touchpoint(WEAK) or story.shop.touchpoints[0]
        survey = story.survey(person, touchpoint.id, "now", at - timedelta(minutes=4))
        story.say(person, "bot", story.spoken(touchpoint.question, person), at - timedelta(minutes=4))
        rating = story.rating(person, survey, touchpoint.id, level, at)
        rating.update(reason="delivery", comment="giao trễ 4 ngày, hộp móp méo")
        subject = f"{touchpoint.title} · mức {level} · {rating['comment']}"
        case = story.open_case(
            person, at, "rescue", subject=subject, touchpoint=touchpoint.id, rating_id=rating["id"], urgent=level == 1
        )
        story.say(person, "customer", f"{level} · {LEVELS[level - 1].vietnamese}", at, case=case["id"])
        story.say(person, "customer", rating["comment"], at + timedelta(seconds=50), case=case["id"])
        self._told(person, case, "Dạ {em} thật lòng xin lỗi {anh} {tên}. Quản lý sẽ nhắn lại {anh} ngay ạ.")
        if staff is not None:
            self._taken(person, case, staff, words.RESCUE_ANSWERS)
        story.clocks(case)

    def _about_staff(self, person: Person, at: datetime) -> None:
        case = self.story.open_case(
            person, at, "staff_complaint", subject=words.STAFF_COMPLAINT, category="thai_do", owner_only=True
        )
        self.story.say(person, "customer", words.STAFF_COMPLAINT, at, case=case["id"])
        self._told(person, case, "Dạ {em} xin lỗi {anh} {tên}. Góp ý này {em} chuyển riêng cho chủ cửa hàng ạ.")
        self.story.clocks(case)

    def _told(self, person: Person, case: Row, text: str) -> None:
        at = max(line["at"] for line in person.lines if line["case_id"] == case["id"]) + timedelta(seconds=1)
        self.story.say(person, "bot", self.story.spoken(text, person), at, case=case["id"])

    def _taken(self, person: Person, case: Row, staff: int, answers: Sequence[str]) -> None:
        at = case["opened_at"]
        self.story.claim(case, staff, at + timedelta(minutes=2))
        if answers:
            self.story.reply(person, case, staff, self.story.chance.choice(answers), at + timedelta(minutes=4))
