"""What a Vietnamese shop starts with until its owner says otherwise."""

from care.shop_types import Canned, Choice, Sla, Touchpoint

TOUCHPOINTS = (
    Touchpoint(
        id="website", title="Website", phase="before", stage="awareness",
        question="{Anh} thấy trang web của shop dễ xem, dễ tìm ở mức nào ạ?",
    ),
    Touchpoint(
        id="mang_xa_hoi", title="Fanpage và mạng xã hội", phase="before", stage="awareness",
        question="Bài viết và phản hồi của shop trên mạng xã hội giúp được {anh} ở mức nào ạ?",
    ),
    Touchpoint(
        id="quang_cao", title="Quảng cáo và khuyến mãi", phase="before", stage="awareness", enabled=False,
        question="Thông tin quảng cáo của shop có đúng với thực tế {anh} thấy không, {anh} chấm mức nào ạ?",
    ),
    Touchpoint(
        id="tu_van", title="Tư vấn qua chat", phase="before", stage="consideration", trigger="request",
        question="{Anh} thấy phần tư vấn vừa rồi ở mức nào ạ?",
    ),
    Touchpoint(
        id="gia_va_san_pham", title="Thông tin giá và sản phẩm", phase="before", stage="consideration",
        question="Thông tin giá và sản phẩm shop đưa ra rõ ràng, đầy đủ ở mức nào ạ?",
    ),
    Touchpoint(
        id="tai_cua_hang", title="Tại cửa hàng", phase="during", stage="decision",
        question="Hôm nay cửa hàng phục vụ {anh} ở mức nào ạ?",
    ),
    Touchpoint(
        id="dat_hang", title="Đặt hàng", phase="during", stage="decision", trigger="order_created", delay="30m",
        enabled=False, question="{Anh} đặt hàng ở shop có nhanh gọn không, {anh} chấm mức nào ạ?",
    ),
    Touchpoint(
        id="thanh_toan", title="Thanh toán", phase="during", stage="decision",
        question="{Anh} thấy việc thanh toán tiện lợi ở mức nào ạ?",
    ),
    Touchpoint(
        id="khong_gian", title="Không gian cửa hàng", phase="during", stage="decision",
        question="{Anh} thấy không gian cửa hàng thoải mái, gọn gàng ở mức nào ạ?",
    ),
    Touchpoint(
        id="giao_hang", title="Giao hàng", phase="after", stage="retention", trigger="order_delivered", delay="3h",
        question="Đơn hàng đã tới tay {anh}, lần giao này {anh} chấm mức nào ạ?",
    ),
    Touchpoint(
        id="dong_goi", title="Đóng gói", phase="after", stage="retention",
        question="Gói hàng {anh} nhận được chỉn chu ở mức nào ạ?",
    ),
    Touchpoint(
        id="san_pham", title="Sau khi dùng sản phẩm", phase="after", stage="retention", trigger="order_delivered",
        delay="7d", question="{Anh} dùng sản phẩm được ít hôm rồi, {anh} hài lòng ở mức nào ạ?",
    ),
    Touchpoint(
        id="ho_tro", title="Hỗ trợ khách hàng", phase="after", stage="retention", trigger="case_resolved",
        delay="30m", question="{Anh} {tên} ơi, lần này shop phục vụ {anh} ở mức nào ạ?",
    ),
    Touchpoint(
        id="doi_tra", title="Đổi trả", phase="after", stage="retention", trigger="return_done", delay="1d",
        question="Lần đổi trả vừa rồi {anh} thấy ở mức nào ạ?",
    ),
    Touchpoint(
        id="bao_hanh", title="Bảo hành, sửa chữa", phase="after", stage="retention", trigger="warranty_done",
        delay="1d", question="Lần bảo hành vừa rồi {anh} thấy ở mức nào ạ?",
    ),
    Touchpoint(
        id="tich_diem", title="Tích điểm và ưu đãi", phase="after", stage="advocacy", trigger="points_redeemed",
        delay="1h", enabled=False, question="Chương trình tích điểm của shop làm {anh} hài lòng ở mức nào ạ?",
    ),
    Touchpoint(
        id="gioi_thieu", title="Giới thiệu bạn bè", phase="after", stage="advocacy", trigger="referral_joined",
        delay="1d", enabled=False, question="{Anh} thấy chương trình giới thiệu bạn bè ở mức nào ạ?",
    ),
)  # fmt: skip

# By kind of case. A kind without its own line gets the line "question".
SLA = {
    "question": Sla(first_reply="5m", next_reply="15m", resolution="4h"),
    "complaint": Sla(first_reply="15m", next_reply="30m", resolution="1d"),
    "rescue": Sla(first_reply="30m", next_reply="1h", resolution="1d"),
    "urgent": Sla(first_reply="10m", next_reply="15m", resolution="4h"),
    "staff_complaint": Sla(first_reply="2h", next_reply="4h", resolution="2d"),
    "outside": Sla(first_reply="2h", next_reply="4h", resolution="2d"),
}

LADDER = (3, 8, 15)  # minutes of waiting at which a customer hears something new

CATEGORIES = (
    Choice(id="hang_loi", title="Hàng lỗi, hỏng"),
    Choice(id="giao_sai_thieu", title="Giao sai, thiếu hàng"),
    Choice(id="giao_tre", title="Giao trễ"),
    Choice(id="thai_do", title="Thái độ phục vụ"),
    Choice(id="tien", title="Tiền, hoàn tiền"),
    Choice(id="khac", title="Việc khác"),
)

ROOTS = (
    Choice(id="san_pham", title="Lỗi sản phẩm"),
    Choice(id="mo_ta", title="Mô tả, tư vấn chưa đúng"),
    Choice(id="dong_goi", title="Đóng gói, soạn hàng nhầm"),
    Choice(id="van_chuyen", title="Đơn vị vận chuyển"),
    Choice(id="nhan_vien", title="Thái độ, nghiệp vụ nhân viên"),
    Choice(id="quy_trinh", title="Quy trình, chính sách"),
    Choice(id="he_thong", title="Hệ thống, thanh toán"),
    Choice(id="cham_tra_loi", title="Trả lời chậm"),
    Choice(id="khach_hieu_nham", title="Hiểu nhầm phía khách"),
    Choice(id="chi_hoi", title="Chỉ hỏi, không có lỗi"),
)

CANNED = (
    Canned(id="chao", title="Chào", text="Dạ {em} chào {anh} {tên}, {em} hỗ trợ {anh} ngay đây ạ."),
    Canned(id="cho_chut", title="Chờ một chút", text="Dạ {anh} {tên} chờ {em} ít phút, {em} kiểm tra rồi báo {anh} ạ."),
    Canned(id="xin_ma_don", title="Xin mã đơn",
           text="Dạ {anh} cho {em} xin mã đơn hoặc số điện thoại đặt hàng để {em} kiểm tra ạ."),
    Canned(id="xin_hinh", title="Xin hình", text="Dạ {anh} chụp giúp {em} một hai tấm hình chỗ bị lỗi ạ."),
    Canned(id="xin_loi", title="Xin lỗi",
           text="Dạ {em} xin lỗi {anh} {tên} vì chuyện này. {Em} xử lý ngay và báo lại {anh} ạ."),
    Canned(id="doi_hang", title="Đổi hàng",
           text="Dạ shop đổi sản phẩm mới cho {anh}, shop chịu phí gửi hai chiều. "
                "{Anh} xác nhận giúp {em} địa chỉ nhận hàng ạ."),
    Canned(id="hoan_tien", title="Hoàn tiền",
           text="Dạ {em} đã gửi yêu cầu hoàn tiền. {Anh} cho {em} xin số tài khoản và tên ngân hàng ạ."),
    Canned(id="con_giup_gi", title="Còn cần gì không", text="Dạ {anh} còn cần {em} giúp gì nữa không ạ?"),
    Canned(id="cam_on", title="Cảm ơn", text="Dạ {em} cảm ơn {anh} {tên} đã ủng hộ shop ạ."),
)  # fmt: skip
