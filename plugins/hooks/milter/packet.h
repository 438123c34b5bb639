#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::hooks::milter {

/// One packet, either way: four octets of length (of what follows, network order), a letter, data.
struct Packet {
    char code = '\0';
    std::string data;

    friend bool operator==(const Packet&, const Packet&) = default;
};

/// As it goes over the wire.
[[nodiscard]] std::string compose(char code, std::string_view data);
/// Four octets, network order.
[[nodiscard]] std::string composeNumber(std::uint32_t number);
/// Ended by a NUL; those within are left out, for they would end it early.
[[nodiscard]] std::string composeText(std::string_view text);

/// Takes apart the data of a packet, from its front. Each take gives nothing, and takes nothing,
/// when the data is too short or a text has no end. Views into the data.
class PacketData {
public:
    explicit PacketData(std::string_view data) : rest_(data) {}

    std::optional<std::uint32_t> takeNumber();
    std::optional<std::string_view> takeText();
    [[nodiscard]] bool atEnd() const noexcept { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

private:
    std::string_view rest_;
};

}  // namespace postrider::hooks::milter
