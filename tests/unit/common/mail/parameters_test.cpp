#include "common/mail/parameters.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

TEST_CASE("body types are read in any case, and no others (B-001)") {
    for (const BodyType body : {BodyType::SevenBit, BodyType::EightBitMime, BodyType::BinaryMime}) {
        CHECK((bodyTypeFromString(toString(body)) == body));
    }
    CHECK((bodyTypeFromString("8bitMime") == BodyType::EightBitMime));
    for (const std::string bad : {"", "8BIT", "7BIT ", "8BITMIMEX", "UTF8"}) {
        CAPTURE(bad);
        CHECK_FALSE(bodyTypeFromString(bad).has_value());
    }
}

TEST_CASE("RET is FULL or HDRS (D-003)") {
    CHECK((retFromString("full") == Ret::Full));
    CHECK((retFromString("HDRS") == Ret::Headers));
    CHECK(toString(Ret::Headers) == "HDRS");
    CHECK_FALSE(retFromString("HEADERS").has_value());
    CHECK_FALSE(retFromString("").has_value());
}

TEST_CASE("NOTIFY is NEVER alone, or a list (D-001)") {
    using Set = std::set<NotifyOn>;
    CHECK((notifyFromString("NEVER") == Set{}));
    CHECK((notifyFromString("never") == Set{}));
    CHECK((notifyFromString("delay,Success") == Set{NotifyOn::Success, NotifyOn::Delay}));
    CHECK((notifyFromString("FAILURE,FAILURE") == Set{NotifyOn::Failure}));
    for (const std::string bad : {"", ",", "SUCCESS,", ",SUCCESS", "NEVER,SUCCESS", "SUCCESS,NEVER",
                                  "ALWAYS", "SUCCESS DELAY", "SUCCESS;DELAY", " SUCCESS"}) {
        CAPTURE(bad);
        CHECK_FALSE(notifyFromString(bad).has_value());
    }
}

TEST_CASE("NOTIFY is written as it is read, and an absent one is empty") {
    CHECK(notifyToString(std::nullopt).empty());
    CHECK(notifyToString(std::set<NotifyOn>{}) == "NEVER");
    CHECK(notifyToString(std::set{NotifyOn::Delay, NotifyOn::Success, NotifyOn::Failure}) ==
          "SUCCESS,FAILURE,DELAY");
    for (const std::string text : {"NEVER", "SUCCESS", "SUCCESS,DELAY", "FAILURE,DELAY"}) {
        CAPTURE(text);
        CHECK(notifyToString(notifyFromString(text)) == text);
    }
}

}  // namespace postrider::mail
