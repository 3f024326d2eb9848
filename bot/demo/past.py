"""Ninety days of the demo shop, scene by scene."""

from datetime import datetime, time, timedelta

from care.shop import Entry, Touchpoint, answer_text
from care.text import fold
from storage.demo import PREFIX

from . import words
from .book import DAYS, Person
from .caring import WEAK, Caring

WEEKDAYS = (0.9, 0.8, 0.85, 0.95, 1.15, 1.5, 1.35)  # Monday first
VISITS = 1400
SCENES = (("faq", 44), ("person", 19), ("complaint", 7), ("rate", 34))


class Past(Caring):
    """What has happened."""

    def tell(self) -> None:
        """Everything that is over, in the order of time."""
        self.meet_everybody()
        for at in sorted(self._moment() for _ in range(VISITS)):
            if at < self.now - timedelta(hours=30):
                person = self._somebody(at)
                getattr(self, f"_{self.pick(SCENES)}")(person, at)

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
        answer = answer_text(entry, self.shop.facts) if chosen else "Dạ ý {anh} là:"
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
        sorry = "{Anh} nói rõ hơn giúp {em} một câu, hoặc {em} mời bạn nhân viên vào ngay ạ."
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
        sorry = "Dạ {em} xin lỗi {anh} vì chuyện này. {Em} đã ghi khiếu nại và chuyển người phụ trách ngay ạ."
        self.say(person, "bot", self.spoken(sorry, person), at + timedelta(seconds=1), case=case["id"])
        self.work(person, case, words.COMPLAINT_ANSWERS, fast=False)

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
