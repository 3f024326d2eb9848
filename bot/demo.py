"""A demo shop with ninety days behind it, made up from chance: the same seed makes the same shop.

Pure: returns rows; `storage.demo` puts them in. Numbers begin with 1 and are shifted there.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from care.address import Address, SelfWord, fill
from care.hours import Hours
from care.levels import LEVELS
from care.shop import Entry, Shop, Touchpoint, answer_text, opening_hours
from care.text import fold
from storage.demo import PREFIX

from . import demo_words as words

DAYS = 90
CUSTOMERS = 400
STAFF = (("Minh", "staff", True), ("Hoa", "staff", False), ("Tuấn", "staff", False), ("Bà Tư", "owner", False))
MINH, HOA, TUAN, OWNER = 1, 2, 3, 4
SHARE = ((MINH, 45), (HOA, 35), (TUAN, 20))  # of the work; Tuấn has the hard shifts
WEEKDAYS = (0.9, 0.8, 0.85, 0.95, 1.15, 1.5, 1.35)  # Monday first
VISITS = 1400
SCENES = (("faq", 44), ("person", 19), ("complaint", 7), ("rate", 34))
WEAK = "giao_hang"  # the touchpoint that goes badly
CHANNEL, ACCOUNT = "website", "main"

Row = dict[str, Any]


@dataclass
class Person:
    """A demo customer while the story is told."""

    id: int
    name: str
    pronoun: str
    address: Address
    busy_until: datetime
    had: int = 0  # visits
    lines: list[Row] = field(default_factory=list)


@dataclass
class Story:
    """Tells ninety days and collects the rows."""

    shop: Shop
    now: datetime
    chance: Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.shop.timezone)
        self.hours: Hours = opening_hours(self.shop)
        self.entries = [entry for entry in self.shop.entries if entry.active]
        self.touchpoints = [each for each in self.shop.touchpoints if each.enabled and each.id != "ho_tro"]
        self.roots = [root.id for root in self.shop.roots]
        self.people: list[Person] = []

    # --- Making rows -----------------------------------------------------------------------------------------

    def add(self, table: str, **values: Any) -> int:
        """Keep a row and return its number."""
        number = len(self.rows[table]) + 1
        self.rows[table].append({"id": number} | values)
        return number

    def say(
        self, person: Person, author: str, text: str, at: datetime, *, staff: int | None = None, case: int | None = None
    ) -> int:
        """A line, and behind what the bot and staff say a message that was sent."""
        extra: Row = {}
        number = self.add(
            "lines",
            conversation_id=person.id,
            case_id=case,
            author=author,
            staff_id=staff,
            text=text,
            extra=extra,
            at=at,
        )
        line = self.rows["lines"][-1]
        person.lines.append(line)
        if author == "customer":
            line["external_id"] = f"{PREFIX}{number}"
        elif author != "note":
            self._sent(person, line, "relay" if author == "staff" else "reply")
        return number

    def _sent(self, person: Person, line: Row, purpose: str) -> None:
        address = f"{PREFIX}{person.id:04}"
        self.add(
            "outbox", channel=CHANNEL, account=ACCOUNT, address=address, lane=f"{CHANNEL}:{ACCOUNT}:{address}",
            conversation_id=person.id, line_id=line["id"], case_id=line["case_id"], purpose=purpose,
            payload={"text": line["text"]}, state="sent", tries=1, due_at=line["at"], created_at=line["at"],
            settled_at=line["at"],
        )  # fmt: skip

    def spoken(self, text: str, person: Person) -> str:
        """A text of the shop's with pronoun, name and order number in it."""
        order = f"NM{self.chance.randrange(10_000, 99_999)}"
        return fill(text.replace("{order}", order), person.address)

    def pick(self, weighted: Sequence[tuple[Any, float]]) -> Any:
        return self.chance.choices([one for one, _ in weighted], [weight for _, weight in weighted])[0]

    # --- People ----------------------------------------------------------------------------------------------

    def meet_everybody(self) -> None:
        """Customers of all ages; new ones come on every day of the story."""
        for number in range(1, CUSTOMERS + 1):
            woman = self.chance.random() < 0.68
            name = f"{self.pick(words.FAMILY)} {self.chance.choice(words.WOMEN if woman else words.MEN)}"
            age = self.chance.random()
            pronoun = ("cô" if woman else "chú") if age > 0.9 else ("chị" if woman else "anh")
            known = self.chance.random() < 0.86  # the others never said who they are
            self_word: SelfWord = self.shop.self_word
            address = Address(pronoun if known else None, name if known else None, self_word)
            born = self.now - timedelta(days=DAYS)
            self.people.append(Person(number, name if known else "", pronoun if known else "", address, born))

    def register(self) -> None:
        """The rows of everybody who wrote, and the places of their lines."""
        for person in self.people:
            person.lines.sort(key=lambda line: (line["at"], line["id"]))
            first = person.lines[0]["at"] if person.lines else self.now - timedelta(days=1)
            self._register(person, first)
            for seq, line in enumerate((one for one in person.lines if one["author"] != "note"), 1):
                line["seq"] = seq

    def _register(self, person: Person, first: datetime) -> None:
        said = [line["at"] for line in person.lines if line["author"] == "customer"]
        heard = [line["at"] for line in person.lines if line["author"] in ("bot", "staff")]
        shown = sum(line["author"] != "note" for line in person.lines)
        phone = f"+849{self.chance.randrange(10_000_000, 99_999_999)}" if self.chance.random() < 0.5 else ""
        remark = self.chance.choice(words.REMARKS) if self.chance.random() < 0.12 else ""
        self.add(
            "customers", name=person.name, pronoun=person.pronoun, phone=phone, language="vi", remark=remark,
            search=fold(f"{person.name} {phone}").strip(), created_at=first, seen_at=max(said, default=first),
        )  # fmt: skip
        address = f"{PREFIX}{person.id:04}"
        self.add(
            "identities", customer_id=person.id, channel=CHANNEL, account=ACCOUNT, external_id=address, created_at=first
        )
        self.add(
            "conversations", identity_id=person.id, customer_id=person.id, channel=CHANNEL, account=ACCOUNT,
            address=address, language="vi", last_seq=shown, seen_seq=shown, welcomed_at=first, created_at=first,
            last_in_at=max(said, default=None), last_out_at=max(heard, default=None),
        )  # fmt: skip

    # --- Days ------------------------------------------------------------------------------------------------

    def tell(self) -> dict[str, list[Row]]:
        """Everything, in the order of time."""
        self.meet_everybody()
        for at in sorted(self._moment() for _ in range(VISITS)):
            if at < self.now - timedelta(hours=30):
                person = self._somebody(at)
                getattr(self, f"_{self.pick(SCENES)}")(person, at)
        Present(self).tell()
        self.register()
        return self.rows

    def _moment(self) -> datetime:
        """A time when people write: more at weekends and in the evening, and more every month."""
        while True:
            back = DAYS * (1 - self.chance.random() ** 0.8)
            day = (self.now - timedelta(days=back)).astimezone(self.zone).date()
            if self.chance.random() * 1.5 < WEEKDAYS[day.weekday()]:
                break
        hour = self.pick(((8, 4), (9, 8), (10, 9), (11, 8), (12, 6), (13, 5), (14, 7), (15, 7), (16, 7), (17, 6),
                          (18, 6), (19, 9), (20, 11), (21, 7), (22, 3), (7, 1), (23, 1)))  # fmt: skip
        minute = time(hour, self.chance.randrange(60), self.chance.randrange(60))
        return datetime.combine(day, minute, self.zone).astimezone(self.now.tzinfo)

    def _somebody(self, at: datetime) -> Person:
        """Somebody who is not in the middle of something: mostly new ones, some come again and again."""
        while True:
            grown = int(len(self.people) * (1 - (self.now - at) / timedelta(days=DAYS + 8))) + 8
            place = int(min(grown, len(self.people)) * self.chance.random() ** 0.7)
            person = self.people[min(place, len(self.people) - 1)]
            if person.busy_until <= at:
                person.had += 1
                return person

    def _greet(self, person: Person, at: datetime) -> None:
        if person.had == 1 and self.shop.greeting:
            self.say(person, "bot", self.spoken(self.shop.greeting, person), at - timedelta(seconds=20))

    # --- Scenes ----------------------------------------------------------------------------------------------

    def _faq(self, person: Person, at: datetime) -> None:
        """One to three questions to the bot."""
        self._greet(person, at)
        for _ in range(self.pick(((1, 6), (2, 3), (3, 1)))):
            if not self.entries or self.chance.random() < 0.16:
                self._unforeseen(person, at)
            else:
                self._ask(person, at, self.chance.choice(self.entries))
            at += timedelta(seconds=self.chance.randrange(40, 240))
        person.busy_until = at

    def _ask(self, person: Person, at: datetime, entry: Entry) -> None:
        text = self.typed(self.chance.choice((entry.question, *entry.phrasings)))
        self.say(person, "customer", text, at)
        suggested = self.chance.random() < 0.14
        outcome, confidence = ("suggested", self.chance.randrange(25, 64)) if suggested else ("answered", 0)
        confidence = confidence or min(99, int(self.chance.gauss(88, 8)))
        chosen = not suggested or self.chance.random() < 0.7
        helped = self._helped(entry) if chosen and self.chance.random() < 0.45 else None
        others = [one.id for one in self.chance.sample(self.entries, min(2, len(self.entries)))]
        self.add(
            "faq_asks", conversation_id=person.id, text=text, folded=" ".join(fold(text).split()), outcome=outcome,
            entry_id=entry.id if chosen else "", confidence=confidence, helped=helped, at=at,
            offered=[entry.id, *others] if suggested else [], handled="chosen" if suggested and chosen else "",
        )  # fmt: skip
        answer = answer_text(entry, self.shop.facts) if chosen else "Dạ {em} chưa rõ ý {anh}, {anh} chọn giúp {em} ạ:"
        self.say(person, "bot", self.spoken(answer, person), at + timedelta(seconds=1))

    def _helped(self, entry: Entry) -> bool:
        """Some answers are good, one or two need work."""
        weak = entry.category in ("khiếu nại", "khuyến mãi")
        return self.chance.random() < (0.52 if weak else 0.86)

    def _unforeseen(self, person: Person, at: datetime) -> None:
        text = self.pick(words.UNFORESEEN)
        self.say(person, "customer", text, at)
        self.add(
            "faq_asks", conversation_id=person.id, text=text, folded=" ".join(fold(text).split()), outcome="unknown",
            confidence=self.chance.randrange(2, 19), at=at,
        )  # fmt: skip
        sorry = (
            "Dạ câu này {em} chưa có thông tin ạ. {Anh} nói thêm giúp {em}, hoặc {em} mời nhân viên vào hỗ trợ nhé ạ."
        )
        self.say(person, "bot", self.spoken(sorry, person), at + timedelta(seconds=1))

    def typed(self, text: str) -> str:
        """The same as people type it: no capitals, no accents, shorter words."""
        style = self.chance.random()
        text = f"{self.chance.choice(words.OPENERS)}{text.rstrip('?')}{self.chance.choice(words.CLOSERS)}"
        if style < 0.25:
            text = fold(text)
        elif style < 0.55:
            for long, short in words.ABBREVIATED:
                if self.chance.random() < 0.7:
                    text = text.replace(long, short)
            text = text.lower()
        elif style < 0.8:
            text = text.lower()
        return text

    def _person(self, person: Person, at: datetime) -> None:
        """Somebody wants to talk with a person."""
        self._greet(person, at)
        case = self.open_case(person, at, "question", subject="")
        wish = self.chance.choice(words.WANT_PERSON)
        self.say(person, "customer", wish, at, case=case["id"])
        self.say(person, "bot", self.spoken("Dạ {em} mời nhân viên vào ngay, {anh} chờ {em} chút ạ.", person),
                 at + timedelta(seconds=1), case=case["id"])  # fmt: skip
        need = self.spoken(self.typed(self.chance.choice(words.NEEDS)), person)
        self.say(person, "customer", need, at + timedelta(seconds=35), case=case["id"])
        case["subject"] = need[:120]
        self.work(person, case, words.STAFF_ANSWERS, fast=True)

    def _complaint(self, person: Person, at: datetime) -> None:
        """Something went wrong; deliveries more than anything else."""
        weighted = [
            (one.id, 5 if one.id == "giao_tre" else 2) for one in self.shop.categories if one.id in words.COMPLAINTS
        ]
        category = self.pick(weighted or [("khac", 1)])
        text = self.spoken(self.chance.choice(words.COMPLAINTS[category]), person)
        case = self.open_case(person, at, "complaint", subject=text[:120], category=category)
        case["order_code"] = f"NM{self.chance.randrange(10_000, 99_999)}"
        self.say(person, "customer", text, at, case=case["id"])
        sorry = "Dạ {em} rất xin lỗi {anh} ạ. {Em} đã ghi nhận khiếu nại và chuyển người phụ trách ngay."
        self.say(person, "bot", self.spoken(sorry, person), at + timedelta(seconds=1), case=case["id"])
        self.work(person, case, words.COMPLAINT_ANSWERS, fast=False)

    # --- Cases -----------------------------------------------------------------------------------------------

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
        asked = self.spoken("Dạ việc của {anh} {em} đã xử lý xong. {Anh} thấy ổn chưa ạ?", person)
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

    # --- Ratings ---------------------------------------------------------------------------------------------

    def _rate_case(self, person: Person, case: Row, at: datetime) -> None:
        kept = all(clock["outcome"] == "met" for clock in self.rows["clocks"][-2:])
        touchpoint = self.shop.touchpoint("ho_tro")
        if touchpoint is not None and at < self.now:
            self.rate(person, touchpoint, at, 4.6 if kept else 3.3, occasion=f"case:{case['id']}", case=case)

    def _rate(self, person: Person, at: datetime) -> None:
        """Somebody scans a code, or is asked after a delivery."""
        weighted = [(each, 6 if each.id == WEAK else 3 if each.id in ("tai_cua_hang", "san_pham") else 1)
                    for each in self.touchpoints]  # fmt: skip
        if not weighted:
            return
        touchpoint: Touchpoint = self.pick(weighted)
        weekend = at.astimezone(self.zone).weekday() >= 5
        usual = 3.0 if touchpoint.id == WEAK else 4.7
        if touchpoint.id == "tai_cua_hang" and weekend:
            usual = 4.0  # too many people at once
        self.rate(person, touchpoint, at, usual, occasion=f"{PREFIX}link:{touchpoint.id}")
        person.busy_until = max(person.busy_until, at + timedelta(hours=1))

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


@dataclass
class Present:
    """What is open at this moment, so that the desk has something to do."""

    story: Story

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
        self._told(person, case, "Dạ {em} rất xin lỗi {anh} ạ. {Em} đã ghi nhận và chuyển người phụ trách ngay.")
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


def make(shop: Shop, now: datetime, *, seed: int = 2026) -> dict[str, list[Row]]:
    """Ninety days of a shop as rows for `storage.demo.insert`."""
    return Story(shop, now, Random(seed)).tell()  # noqa: S311  (makes up a story, guards nothing)
