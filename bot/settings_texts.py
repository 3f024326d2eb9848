"""What the owner reads when a setting is wrong: always in both languages, because no language is chosen yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Words:
    """The same sentence twice."""

    vi: str
    en: str

    def __mod__(self, values: Mapping[str, Any]) -> "Words":
        return Words(self.vi % values, self.en % values)


KINDS = {
    "database": Words(
        "Cần viết như sqlite:///data/cham.db (ba dấu gạch là đường dẫn tương đối, bốn dấu là tuyệt đối).",
        "Write it like sqlite:///data/cham.db (three slashes: a relative path, four: an absolute one).",
    ),
    "postgresql": Words(
        "PostgreSQL chưa dùng được ở bản này, sẽ có ở bản sau. Tạm thời hãy dùng sqlite:///data/cham.db.",
        "PostgreSQL comes in a later release. Until then use sqlite:///data/cham.db.",
    ),
    "web_address": Words(
        "Cần là một địa chỉ web đầy đủ như https://shop.example.vn, không có phần sau dấu ? hay #.",
        "Must be a full web address such as https://shop.example.vn, with nothing after ? or #.",
    ),
    "origin": Words(
        "Mỗi mục cần đúng dạng https://shop.example.vn, không có đường dẫn hay dấu *. Ngăn cách bằng dấu phẩy.",
        "Each entry must look like https://shop.example.vn, without a path or *. Separate them with commas.",
    ),
    "addresses": Words(
        "Mỗi mục cần là một địa chỉ IP như 127.0.0.1. Ngăn cách bằng dấu phẩy.",
        "Each entry must be an IP address such as 127.0.0.1. Separate them with commas.",
    ),
    "log": Words(
        "Chọn một trong info, debug và một trong text, json. Ví dụ: info, text.",
        "Choose one of info, debug and one of text, json. Example: info, text.",
    ),
    "bot_token": Words(
        "Mã chưa đúng dạng <số>:<chuỗi bí mật>. Hãy chép lại nguyên dòng từ nơi đã tạo bot.",
        "The token does not look like <digits>:<secret>. Copy the whole line again from where the bot was made.",
    ),
    "webhook_secret": Words(
        "Cần 8–256 ký tự, chỉ gồm A-Z a-z 0-9 _ - . Tạo nhanh: openssl rand -hex 32",
        "Must be 8-256 characters, only A-Z a-z 0-9 _ - . A quick one: openssl rand -hex 32",
    ),
    "int_parsing": Words("Cần là một số nguyên.", "Must be a whole number."),
    "float_parsing": Words("Cần là một số, ví dụ 25 hoặc 0.5.", "Must be a number, such as 25 or 0.5."),
    "greater_than": Words("Cần là số lớn hơn %(gt)g.", "Must be greater than %(gt)g."),
    "greater_than_equal": Words("Cần là số từ %(ge)g trở lên.", "Must be %(ge)g or more."),
    "less_than_equal": Words("Cần là số không quá %(le)g.", "Must be %(le)g or less."),
    "extra_forbidden": Words("Không có cài đặt nào tên như vậy.", "There is no setting of this name."),
    "other": Words(
        "Giá trị chưa dùng được. Xem lại dòng này trong .env.example.",
        "The value cannot be used. Compare this line with .env.example.",
    ),
    "unknown": Words(
        "Không có cài đặt nào tên như vậy. Hãy xoá dòng này, hoặc xem tên đúng trong .env.example.",
        "There is no setting of this name. Remove it, or find the right name in .env.example.",
    ),
    "misspelt": Words(
        "Không có cài đặt này; có phải bạn muốn viết %(near)s? Hãy sửa lại tên.",
        "There is no such setting; did you mean %(near)s? Correct the name.",
    ),
    "too_open": Words(
        "Tệp chứa mã bí mật mà tài khoản khác trên máy đọc được. Hãy chạy: chmod 600 %(file)s",
        "The file holds secrets that other accounts of this machine can read. Run: chmod 600 %(file)s",
    ),
    "unreadable": Words(
        "Không đọc được tệp này. Cần là tệp chữ UTF-8 mà tài khoản chạy Chạm có quyền đọc.",
        "The file cannot be read. It must be UTF-8 text that the account running Chạm may read.",
    ),
}


def _copy_from(vi: str, en: str) -> Words:
    return Words(f"Đang để trống: hãy chép từ {vi} vào .env.", f"It is empty: copy it from {en} into .env.")


GROUP_TEXTS = {
    "llm_base": _copy_from(
        "nơi cung cấp mô hình (địa chỉ thường kết thúc bằng /v1)", "your provider; it often ends in /v1"
    ),
    "llm_model": _copy_from("danh sách mô hình của nơi cung cấp", "the provider's list of models"),
    "telegram_token": _copy_from("@BotFather", "@BotFather"),
    "zalo_bot_token": _copy_from("Zalo Bot Creator", "Zalo Bot Creator"),
    "zalo_oa_app_id": _copy_from("trang ứng dụng ở developers.zalo.me", "the app's page at developers.zalo.me"),
    "zalo_oa_secret_key": _copy_from("trang ứng dụng ở developers.zalo.me", "the app's page at developers.zalo.me"),
    "zalo_oa_webhook_key": _copy_from(
        "mục Webhook của ứng dụng (OA Secret Key)", "the app's Webhook page (OA Secret Key)"
    ),
    "zalo_oa_refresh_token": _copy_from(
        "lần cấp quyền Official Account gần nhất", "the latest grant of the Official Account"
    ),
    "messenger_page_id": _copy_from("phần Giới thiệu của trang Facebook", "the About section of the Facebook page"),
    "messenger_page_token": _copy_from("mục Messenger của ứng dụng Meta", "the Messenger section of the Meta app"),
    "messenger_app_secret": _copy_from("mục Basic settings của ứng dụng Meta", "Basic settings of the Meta app"),
    "messenger_verify_token": Words(
        "Đang để trống: hãy tự đặt một chuỗi và điền cùng chuỗi đó ở mục Webhooks của ứng dụng Meta.",
        "It is empty: choose a text of your own and type the same one in the Webhooks section of the Meta app.",
    ),
}
