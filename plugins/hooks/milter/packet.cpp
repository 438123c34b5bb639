#include "plugins/hooks/milter/packet.h"

#include <algorithm>

namespace postrider::hooks::milter {

std::string compose(char code, std::string_view data) {
    std::string packet = composeNumber(static_cast<std::uint32_t>(data.size() + 1));
    packet += code;
    packet += data;
    return packet;
}

std::string composeNumber(std::uint32_t number) {
    std::string octets;
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        octets += static_cast<char>(number >> (shift - 8) & 0xffU);
    }
    return octets;
}

std::string composeText(std::string_view text) {
    std::string octets{text};
    octets.erase(std::remove(octets.begin(), octets.end(), '\0'), octets.end());
    octets += '\0';
    return octets;
}

std::optional<std::uint32_t> PacketData::takeNumber() {
    constexpr std::size_t size = 4;
    if (rest_.size() < size) return std::nullopt;
    std::uint32_t number = 0;
    for (const char octet : rest_.substr(0, size)) {
        number = number << 8U | static_cast<unsigned char>(octet);
    }
    rest_.remove_prefix(size);
    return number;
}

std::optional<std::string_view> PacketData::takeText() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
}

}  // namespace postrider::hooks::milter
