"""What people say in the demo shop: names, questions nobody foresaw, complaints, answers of staff."""

FAMILY = (
    ("Nguyễn", 38), ("Trần", 12), ("Lê", 10), ("Phạm", 7), ("Hoàng", 4), ("Huỳnh", 4), ("Phan", 4), ("Vũ", 3),
    ("Võ", 3), ("Đặng", 3), ("Bùi", 3), ("Đỗ", 2), ("Hồ", 2), ("Ngô", 2), ("Dương", 1), ("Lý", 1),
)  # fmt: skip
WOMEN = (
    "Thu Hà", "Ngọc Lan", "Thanh Hương", "Mỹ Linh", "Bảo Trân", "Khánh Vy", "Phương Thảo", "Thùy Dương", "Kim Ngân",
    "Thị Mai", "Thị Hoa", "Hồng Nhung", "Minh Châu", "Quỳnh Anh", "Diễm My", "Tường Vi", "Cẩm Tú", "Yến Nhi",
    "Thị Tuyết",
    "Bích Ngọc", "Như Ý", "Thanh Trúc", "Hải Yến", "Lan Anh", "Thị Hạnh", "Ánh Nguyệt", "Tố Uyên", "Hoài Thương",
)  # fmt: skip
MEN = (
    "Văn Hùng", "Minh Tuấn", "Quốc Huy", "Đức Anh", "Gia Bảo", "Hoàng Nam", "Thanh Tùng", "Văn Dũng", "Hữu Phước",
    "Trọng Nghĩa", "Anh Khoa", "Quang Vinh", "Tiến Đạt", "Văn Lâm", "Bá Thành", "Ngọc Sơn", "Xuân Trường", "Công Minh",
)  # fmt: skip

# Questions the FAQ has nothing for: (text, how often it comes).
UNFORESEEN = (
    ("shop có ship đi Mỹ không ạ", 9), ("ship qua Nhật được không shop", 4), ("có bán áo dài cho bé 5 tuổi không", 7),
    ("shop có nhận may đo theo số đo không", 8), ("có tuyển cộng tác viên không ạ", 6),
    ("shop còn tuyển nhân viên ko", 4),
    ("mua làm đồng phục công ty 50 cái có giảm không", 5), ("có size cho người 95kg không shop", 6),
    ("thuê áo dài chụp kỷ yếu được không", 3), ("shop có thu lại đồ cũ không", 2), ("thêu tên lên áo đc ko ạ", 5),
    ("có giao hàng vào chủ nhật buổi tối không", 3), ("cho mình xin link group săn sale", 2),
    ("shop có nhận thanh toán bằng tiền Hàn không", 1), ("có mẫu áo đôi cho chó không ạ", 2),
    ("quán cà phê trong shop mở mấy giờ", 2),
)  # fmt: skip
WANT_PERSON = (
    "cho mình gặp nhân viên với", "có ai tư vấn giúp em không ạ", "gặp nhân viên",
    "tư vấn giúp mình mẫu váy đi tiệc với",
    "shop ơi rep mình với", "cho chị nói chuyện với người thật đi em", "alo shop ơi có ai k",
)  # fmt: skip
NEEDS = (
    "mình đặt đơn hôm thứ 2 mà chưa thấy shop gọi xác nhận", "em muốn đổi địa chỉ nhận hàng đơn {order}",
    "chị cần gấp trước thứ 7 có kịp không em", "đơn {order} của mình sao báo hủy vậy ạ",
    "mình cao 1m58 nặng 52 mặc size nào vừa shop", "áo này phối với quần gì đẹp shop tư vấn giúp",
    "mình chuyển khoản rồi mà chưa thấy xác nhận", "cho mình gộp 2 đơn {order} với đơn hôm qua nha",
    "anh lấy 3 cái màu đen size L, tính giúp anh bao nhiêu tiền", "em hỏi chút, túi này đựng vừa laptop 14 inch ko ạ",
)  # fmt: skip
STAFF_ANSWERS = (
    "Dạ {em} chào {anh} {tên}, {em} kiểm tra ngay cho {anh} đây ạ.",
    "Dạ đơn của {anh} đang trên đường giao, chắc chiều mai tới ạ.",
    "Dạ với số đo này {anh} mặc size M là vừa đẹp ạ.",
    "Dạ {em} đã cập nhật xong cho {anh} rồi ạ.",
    "Dạ {anh} {tên} cho {em} xin số điện thoại đặt hàng để {em} tra đơn ạ.",
    "Dạ mẫu này còn đúng 2 cái, {em} giữ cho {anh} đến tối nay ạ.",
    "Dạ {em} đã báo kho gửi bù, {anh} nhận được trong 2 ngày tới ạ.",
)
AGREED = (
    "ok shop, cảm ơn nha",
    "dạ em cảm ơn ạ",
    "ok em",
    "được rồi, cảm ơn shop nhiều",
    "vâng ạ",
    "tks shop",
    "oke nè 🥰",
)
THANKS_AGAIN = ("shop nhiệt tình ghê", "rep nhanh quá, thích", "ok để mình ghé lại", "nice")

# By category of complaint.
COMPLAINTS: dict[str, tuple[str, ...]] = {
    "hang_loi": (
        "áo mới giặt 1 lần đã bung chỉ ở nách, chất lượng vậy luôn á shop", "túi về bị xước một đường dài ở mặt trước",
        "Khóa kéo váy bị kẹt, không kéo lên được. Mình mới mặc thử lần đầu.", "giày đi 3 hôm bong keo rồi shop ơi",
    ),
    "giao_sai_thieu": (
        "đặt màu đen giao màu trắng là sao", "đơn {order} thiếu 1 cái quần, mình có quay video lúc mở hàng",
        "gui nham size roi, minh dat M ma giao L", "trong hộp không có quà tặng như đã hứa",
    ),
    "giao_tre": (
        "Đơn {order} hẹn 3 ngày mà hôm nay là ngày thứ 8 rồi, shop làm ăn kiểu gì vậy",
        "shipper hẹn giao 3 lần không tới", "cần gấp đi tiệc mà giờ chưa nhận được hàng, quá thất vọng",
        "don hang tre 1 tuan k ai bao mot cau", "theo dõi đơn thấy nằm ở kho Củ Chi 4 ngày rồi",
    ),
    "thai_do": ("shipper ném hàng ở cổng rồi bỏ đi", "gọi tổng đài bị cúp máy ngang, rất bực"),
    "tien": (
        "trả hàng 10 ngày rồi chưa thấy hoàn tiền", "bị trừ tiền 2 lần cho đơn {order}",
        "phí ship tính 35k trong khi đơn trên 500k phải miễn phí chứ",
    ),
    "khac": ("web cứ bắt đăng nhập lại hoài không thanh toán được", "mã giảm giá báo hết hạn dù còn 2 ngày"),
}  # fmt: skip
STAFF_COMPLAINT = "Bạn nhân viên ở cửa hàng Nguyễn Trãi nói chuyện trống không, mình hỏi thêm thì bỏ đi chỗ khác."
COMPLAINT_ANSWERS = (
    "Dạ {em} xin lỗi {anh} {tên} vì chuyện này. {Em} đã gửi đổi sản phẩm mới, shop chịu phí hai chiều ạ.",
    "Dạ {em} đã làm việc với bên vận chuyển, đơn sẽ tới {anh} trong sáng mai và shop hoàn lại phí giao ạ.",
    "Dạ shop đã hoàn tiền về tài khoản của {anh}, {anh} kiểm tra giúp {em} trong hôm nay ạ.",
    "Dạ {em} gửi bù phần thiếu ngay chiều nay, kèm một món quà nhỏ thay lời xin lỗi ạ.",
)
RESCUE_ANSWERS = (
    "Dạ {em} là quản lý ca, {em} rất tiếc vì chuyện vừa rồi của {anh} {tên}. {Anh} cho {em} gọi lại lúc nào tiện ạ?",
    "Dạ {em} đã đọc góp ý của {anh}. Shop đã đổi đơn vị giao cho khu vực của {anh} và hoàn phí ship đơn vừa rồi ạ.",
    "Dạ {em} xin lỗi {anh} {tên}. {Em} đã gửi lại sản phẩm mới, {anh} nhận được thì nhắn {em} một tiếng ạ.",
)
REASON_WORDS: dict[str, tuple[str, ...]] = {
    "slow": ("nhắn 20 phút mới có người trả lời", "rep chậm quá"),
    "attitude": ("nhân viên trả lời cụt lủn", "hỏi nhiều tỏ ra khó chịu"),
    "product": ("vải mỏng hơn hình nhiều", "màu không giống ảnh", "đường may ẩu"),
    "delivery": ("giao trễ 4 ngày", "hộp móp méo", "shipper không gọi trước", "hẹn giao 2 lần không tới"),
    "other": ("", "giá hơi cao"),
}
PRAISE = (
    "Đồ đẹp hơn hình, gói quà xinh lắm, mẹ mình thích mê", "nhân viên Hoa tư vấn dễ thương cực kỳ, 10 điểm",
    "mua lần thứ 5 rồi chưa thất vọng lần nào", "giao nhanh hơn mình nghĩ, còn được tặng thiệp viết tay nữa",
    "Đổi size cho mình liền không hỏi han gì, quá ưng", "chất vải mát, mặc đi làm cả ngày không nhăn",
)  # fmt: skip
NOTES = (
    "Khách quen, lần trước cũng đặt mẫu này.", "Đã gọi kho xác nhận còn hàng.", "Khách dặn giao sau 17 giờ.",
    "Bên vận chuyển hẹn trả lời trước 15 giờ.",
)  # fmt: skip
REMARKS = (
    "Thích màu be, size M",
    "Hay mua quà tặng mẹ",
    "Giao giờ hành chính",
    "Mua sỉ cho cửa hàng ở Cần Thơ",
    "Dị ứng len",
)
ABBREVIATED = (
    ("không", "ko"), ("được", "đc"), ("shop", "sốp"), ("bao nhiêu", "bn"), ("rồi", "r"), ("mình", "mk"), ("vậy", "z"),
    ("với", "vs"), ("nhiêu", "nhiu"), ("gì", "j"), ("người", "ng"),
)  # fmt: skip
OPENERS = ("", "", "", "shop ơi ", "cho mình hỏi ", "ad ơi ", "Dạ ", "em ơi cho chị hỏi ", "alo ", "cho em hỏi xíu ")
CLOSERS = ("", "", "", " ạ", " vậy shop", " nhỉ", " shop ơi", " ạ?", "??", " v ạ", " 🙏")
