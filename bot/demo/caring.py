"""What the shop does for its customers in the demo story: cases with their clocks, ratings with their consequences."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from care.levels import LEVELS
from care.shop import Touchpoint
from storage.demo import PREFIX

from . import words
from .book import CHANNEL, Book, Person, Row

MINH, HOA, TUAN, OWNER = 1, 2, 3, 4
SHARE = ((MINH, 45), (HOA, 35), (TUAN, 20))  # of the work; Tuấn has the hard shifts
WEAK = "giao_hang"  # the touchpoint that goes badly


class Caring(Book):
    """Cases and ratings."""

    def open_case(self, person: Person, at: datetime, kind: str, **more: Any) -> Row:
        """A case as it is when it was just opened."""
        values: Row = {
            "customer_id": person.id, "conversation_id": person.id, "kind": kind, "state": "open", "subject": "",
            "category": "", "order_code": "", "touchpoint": "", "tried": [], "urgent": False, "owner_only": False,
            "assignee_id": None, "root_cause": "", "rating_id": None, "opened_at": at, "due_at": None,
            "claimed_at": None,
            "replied_at": None, "resolved_at": None, "confirmed_at": None, "recovered_at": None, "changed_at": at,
        }  # fmt: skip
        self.add("cases", **(values | more))
        case = self.rows["cases"][-1]
        self.event(case, "opened", at, detail={"kind": kind, "urgent": bool(case["urgent"])})
        return case

    def event(self, case: Row, what: str, at: datetime, staff: int | None = None, detail: Row | None = None) -> None:
        self.add("case_events", case_id=case["id"], at=at, staff_id=staff, what=what, detail=detail or {})
        case["changed_at"] = max(case["changed_at"], at)

    def work(self, person: Person, case: Row, answers: Sequence[str], *, fast: bool) -> None:
        """A colleague takes a case and finishes it."""
        opened = self.hours.next_open(case["opened_at"]) or case["opened_at"]
        staff = self.pick(SHARE)
        slow = 2.2 if staff == TUAN else 1.0
        claimed = opened + timedelta(minutes=self._minutes(2.2 if fast else 6) * slow)
        replied = claimed + timedelta(minutes=self._minutes(1.0))
        self.claim(case, staff, claimed)
        self.reply(person, case, staff, self.chance.choice(answers), replied)
        end = self._talk(person, case, staff, replied, answers)
        resolved = end + timedelta(minutes=self._minutes(12 if fast else 240))
        resolved = min(self.hours.next_open(resolved) or resolved, self.now - timedelta(hours=5))
        self.resolve(person, case, staff, max(resolved, end))

    def _minutes(self, usual: float) -> float:
        """Mostly near the usual, sometimes much longer."""
        return min(usual * self.chance.lognormvariate(0, 0.8), usual * 12)

    def claim(self, case: Row, staff: int, at: datetime) -> None:
        case.update(state="claimed", assignee_id=staff, claimed_at=at)
        self.event(case, "claimed", at, staff)

    def reply(self, person: Person, case: Row, staff: int, text: str, at: datetime) -> None:
        self.say(person, "staff", self.spoken(text, person), at, staff=staff, case=case["id"])
        if case["replied_at"] is None:
            case["replied_at"] = at
        case["changed_at"] = max(case["changed_at"], at)

    def _talk(self, person: Person, case: Row, staff: int, at: datetime, answers: Sequence[str]) -> datetime:
        for _ in range(self.pick(((0, 3), (1, 4), (2, 2)))):
            at += timedelta(minutes=self._minutes(3))
            self.say(person, "customer", self.spoken(self.chance.choice(words.NEEDS), person), at, case=case["id"])
            at += timedelta(minutes=self._minutes(3))
            self.reply(person, case, staff, self.chance.choice(answers), at)
        if self.chance.random() < 0.2:
            self.say(person, "note", self.chance.choice(words.NOTES), at, staff=staff, case=case["id"])
        at += timedelta(minutes=self._minutes(2))
        self.say(person, "customer", self.chance.choice(words.AGREED), at, case=case["id"])
        return at

    def resolve(self, person: Person, case: Row, staff: int, at: datetime) -> None:
        """Finished, with its cause; the customer says yes or nothing, seldom no."""
        cause = self._cause(case)
        case.update(state="resolved", resolved_at=at, root_cause=cause)
        self.event(case, "resolved", at, staff, {"root_cause": cause})
        self.clocks(case)
        asked = self.spoken("Dạ việc của {anh} bên {em} đã xử lý xong, vậy đã ổn chưa ạ?", person)
        self.say(person, "bot", asked, at + timedelta(seconds=1), case=case["id"])
        silent = self.chance.random() < 0.35
        confirmed = at + (timedelta(hours=48) if silent else timedelta(minutes=self._minutes(25)))
        person.busy_until = confirmed
        if confirmed < self.now - timedelta(hours=4):
            case.update(state="confirmed", confirmed_at=confirmed)
            self.event(case, "confirmed", confirmed, detail={"by_silence": silent})
        if case["kind"] != "rescue" and self.chance.random() < 0.66:
            self._rate_case(person, case, at + timedelta(minutes=30 + self._minutes(40)))

    def _cause(self, case: Row) -> str:
        likely = {
            "giao_tre": "van_chuyen", "giao_sai_thieu": "dong_goi", "hang_loi": "san_pham", "thai_do": "nhan_vien",
            "tien": "he_thong", "khac": "quy_trinh",
        }.get(case["category"], "chi_hoi" if case["kind"] == "question" else "van_chuyen")  # fmt: skip
        return likely if likely in self.roots and self.chance.random() < 0.75 else self.chance.choice(self.roots)

    def clocks(self, case: Row) -> None:
        """Promised times of the case, kept or not, and what is due next."""
        sla = self.shop.sla_for("urgent" if case["urgent"] and case["kind"] != "staff_complaint" else case["kind"])
        ends = (
            ("first_reply", sla.first_reply_within(), "replied_at"),
            ("resolution", sla.resolve_within(), "resolved_at"),
        )
        running = []
        for kind, within, end in ends:
            due = self.hours.add_working(case["opened_at"], within)
            warn = self.hours.add_working(case["opened_at"], within * sla.warn_at)
            stopped = case[end]
            outcome = self._outcome(stopped, warn, due)
            if stopped is None:
                running.append(due)
            self.add(
                "clocks", case_id=case["id"], kind=kind, started_at=case["opened_at"], warn_at=warn, due_at=due,
                stopped_at=stopped, outcome=outcome, staff_id=case["assignee_id"],
            )  # fmt: skip
        case["due_at"] = min(running, default=None)

    def _outcome(self, stopped: datetime | None, warn: datetime, due: datetime) -> str:
        if stopped is not None:
            return "met" if stopped <= due else "missed"
        if self.now >= due:
            return "late"
        return "warned" if self.now >= warn else "running"

    # --- Ratings ----------------------------------------------------------------------------------------------------

    def _rate_case(self, person: Person, case: Row, at: datetime) -> None:
        kept = all(clock["outcome"] == "met" for clock in self.rows["clocks"][-2:])
        touchpoint = self.shop.touchpoint("ho_tro")
        if touchpoint is not None and at < self.now:
            self.rate(person, touchpoint, at, 4.6 if kept else 3.3, occasion=f"case:{case['id']}", case=case)

    def rate(
        self,
        person: Person,
        touchpoint: Touchpoint,
        at: datetime,
        usual: float,
        *,
        occasion: str,
        case: Row | None = None,
    ) -> None:
        """The question, perhaps an answer, and what a level sets in motion."""
        level = min(6, max(1, round(self.chance.gauss(usual, 1.15))))
        asked = at - timedelta(minutes=self._minutes(8))
        survey = self.survey(person, touchpoint.id, occasion, asked, case=case)
        self.say(person, "bot", self.spoken(touchpoint.question, person), asked)
        if self.chance.random() < 0.14:
            return  # asked and not answered
        rating = self.rating(person, survey, touchpoint.id, level, at, case=case)
        self.say(person, "customer", f"{level} · {LEVELS[level - 1].vietnamese}", at)
        if level <= 2:
            self._rescue(person, rating, touchpoint, at)
        elif level >= 5 and self.chance.random() < 0.35:
            self._praise(person, rating, at + timedelta(minutes=2))
        else:
            thanks = "Dạ {em} cảm ơn {anh} {tên} đã góp ý ạ."
            self.say(person, "bot", self.spoken(thanks, person), at + timedelta(seconds=1))

    def survey(
        self, person: Person, touchpoint: str, occasion: str, at: datetime, *, case: Row | None = None,
        rerates: int | None = None,
    ) -> int:  # fmt: skip
        number = len(self.rows["surveys"]) + 1
        return self.add(
            "surveys", customer_id=person.id, conversation_id=person.id, occasion=f"{PREFIX}{occasion}:{number}",
            touchpoint=touchpoint, case_id=case["id"] if case else None, rerates_id=rerates, asked_at=at,
        )  # fmt: skip

    def rating(
        self, person: Person, survey: int, touchpoint: str, level: int, at: datetime, *, case: Row | None = None,
        rerates: int | None = None,
    ) -> Row:  # fmt: skip
        points = self.shop.levels.points.get(level, 0) if level >= 4 else 0
        reason = self._reason(touchpoint) if level <= 3 and self.chance.random() < 0.7 else ""
        comment = self.chance.choice(words.REASON_WORDS[reason]) if reason and self.chance.random() < 0.5 else ""
        staff = case["assignee_id"] if case else None
        number = self.add(
            "ratings", survey_id=survey, customer_id=person.id, conversation_id=person.id, touchpoint=touchpoint,
            channel=CHANNEL, level=level, reason=reason, comment=comment, staff_id=staff,
            case_id=case["id"] if case else None, rerates_id=rerates, points=points, counts=True, at=at,
        )  # fmt: skip
        if points:
            self.add("points_ledger", customer_id=person.id, points=points, reason="rating",
                     key=f"{PREFIX}rating:{number}", at=at)  # fmt: skip
        return self.rows["ratings"][-1]

    def _reason(self, touchpoint: str) -> str:
        if touchpoint == WEAK:
            return str(self.pick((("delivery", 8), ("product", 1), ("other", 1))))
        return str(self.pick((("slow", 3), ("attitude", 2), ("product", 3), ("other", 2))))

    def _praise(self, person: Person, rating: Row, at: datetime) -> None:
        line = self.say(person, "customer", self.chance.choice(words.PRAISE), at)
        allowed = self.chance.random() < 0.7
        self.add(
            "testimonials", customer_id=person.id, rating_id=rating["id"], line_id=line,
            permission="given" if allowed else "asked", at=at,
            answered_at=at + timedelta(minutes=1) if allowed else None,
        )  # fmt: skip

    def _rescue(self, person: Person, rating: Row, touchpoint: Touchpoint, at: datetime) -> None:
        """An unhappy customer is called back; most are won back, some are not."""
        said = rating["comment"] or rating["reason"]
        case = self.open_case(
            person, at, "rescue", subject=f"{touchpoint.title} · mức {rating['level']} · {said}".rstrip(" ·"),
            touchpoint=touchpoint.id, rating_id=rating["id"], urgent=rating["level"] == 1,
        )  # fmt: skip
        sorry = "Dạ {em} thật lòng xin lỗi {anh} {tên}. Quản lý sẽ nhắn lại {anh} ngay ạ."
        self.say(person, "bot", self.spoken(sorry, person), at + timedelta(seconds=1), case=case["id"])
        self.work(person, case, words.RESCUE_ANSWERS, fast=False)
        self._rate_again(person, case, rating)

    def _rate_again(self, person: Person, case: Row, rating: Row) -> None:
        at = case["resolved_at"] + timedelta(minutes=30 + self._minutes(60))
        if self.chance.random() > 0.74 or at >= self.now:
            return
        level = min(6, max(1, round(self.chance.gauss(4.3, 1.0))))
        survey = self.survey(
            person,
            case["touchpoint"],
            f"case:{case['id']}:0",
            at - timedelta(minutes=5),
            case=case,
            rerates=rating["id"],
        )
        self.rating(person, survey, case["touchpoint"], level, at, case=case, rerates=rating["id"])
        self.say(person, "customer", f"{level} · {LEVELS[level - 1].vietnamese}", at, case=case["id"])
        if level >= 4:
            case["recovered_at"] = at
            self.event(case, "recovered", at)
