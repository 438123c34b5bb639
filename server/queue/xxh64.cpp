#include "server/queue/xxh64.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace postrider::queue {

namespace {

constexpr std::uint64_t prime1 = 0x9e3779b185ebca87U;
constexpr std::uint64_t prime2 = 0xc2b2ae3d27d4eb4fU;
constexpr std::uint64_t prime3 = 0x165667b19e3779f9U;
constexpr std::uint64_t prime4 = 0x85ebca77c2b2ae63U;
constexpr std::uint64_t prime5 = 0x27d4eb2f165667c5U;

/// Little-endian, whatever the host is.
template <class Word>
std::uint64_t load(const char* octets) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Word); ++i) {
        value |= std::uint64_t{static_cast<unsigned char>(octets[i])} << (8 * i);
    }
    return value;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t word) {
    return std::rotl(lane + word * prime2, 31) * prime1;
}

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
    return (hash ^ round(0, lane)) * prime1 + prime4;
}

std::uint64_t addTail(std::uint64_t hash, std::string_view tail) {
    for (; tail.size() >= 8; tail.remove_prefix(8)) {
        hash = std::rotl(hash ^ round(0, load<std::uint64_t>(tail.data())), 27) * prime1 + prime4;
    }
    if (tail.size() >= 4) {
        hash = std::rotl(hash ^ (load<std::uint32_t>(tail.data()) * prime1), 23) * prime2 + prime3;
        tail.remove_prefix(4);
    }
    for (const char c : tail) {
        hash = std::rotl(hash ^ (static_cast<unsigned char>(c) * prime5), 11) * prime1;
    }
    return hash;
}

}  // namespace

void Xxh64::stripe(const char* octets) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        lanes_[i] = round(lanes_[i], load<std::uint64_t>(octets + 8 * i));
    }
}

void Xxh64::add(std::string_view octets) {
    total_ += octets.size();
    if (restSize_ > 0) {
        const std::size_t taken = std::min(rest_.size() - restSize_, octets.size());
        std::copy_n(octets.data(), taken, rest_.data() + restSize_);
        restSize_ += taken;
        octets.remove_prefix(taken);
        if (restSize_ < rest_.size()) return;
        stripe(rest_.data());
        restSize_ = 0;
    }
    for (; octets.size() >= rest_.size(); octets.remove_prefix(rest_.size()))
        stripe(octets.data());
    std::copy(octets.begin(), octets.end(), rest_.begin());
    restSize_ = octets.size();
}

std::string Xxh64::hex() const {
    std::uint64_t hash = prime5;
    if (total_ >= rest_.size()) {
        hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
               std::rotl(lanes_[3], 18);
        for (const std::uint64_t lane : lanes_)
            hash = merge(hash, lane);
    }
    hash = addTail(hash + total_, {rest_.data(), restSize_});
    hash = (hash ^ (hash >> 33U)) * prime2;
    hash = (hash ^ (hash >> 29U)) * prime3;
    hash ^= hash >> 32U;

    std::string digits;
    for (unsigned shift = 64; shift > 0; shift -= 4) {
        digits += "0123456789abcdef"[(hash >> (shift - 4)) & 15U];
    }
    return digits;
}

}  // namespace postrider::queue
