#include "server/net/admission.h"

#include <algorithm>
#include <utility>

namespace postrider::net {

namespace {

/// Whom the per-address limit counts as one.
IpAddress networkOf(const IpAddress& client) {
    if (client.isV4()) return client;
    auto octets = client.octets();
    constexpr std::size_t networkOctets = 8;
    std::fill(octets.begin() + networkOctets, octets.end(), std::uint8_t{0});
    return IpAddress::v6(octets);
}

}  // namespace

Admission::Ticket::Ticket(Ticket&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)), address_(other.address_) {}

Admission::Ticket& Admission::Ticket::operator=(Ticket&& other) noexcept {
    if (this != &other) {
        giveBack();
        admission_ = std::exchange(other.admission_, nullptr);
        address_ = other.address_;
    }
    return *this;
}

Result<Done, Admission::Refusal> Admission::Ticket::identify(const IpAddress& client) {
    const auto network = networkOf(client);
    const std::lock_guard lock(admission_->mutex_);
    auto& perAddress = admission_->perAddress_;
    const auto known = perAddress.find(network);
    if (known != perAddress.end() && known->second >= admission_->limits_.perAddress) {
        return Unexpected{Refusal::TooManyFromAddress};
    }
    address_ = known != perAddress.end() ? known : perAddress.emplace(network, 0).first;
    ++(*address_)->second;
    return Done{};
}

void Admission::Ticket::giveBack() noexcept {
    if (admission_ == nullptr) return;
    auto& admission = *std::exchange(admission_, nullptr);
    const std::lock_guard lock(admission.mutex_);
    --admission.total_;
    if (address_ && --(*address_)->second == 0) admission.perAddress_.erase(*address_);
}

Result<Admission::Ticket, Admission::Refusal> Admission::admit(const IpAddress& client) {
    auto ticket = admitUnknown();
    if (!ticket) return ticket;
    if (const auto known = ticket->identify(client); !known) return Unexpected{known.error()};
    return ticket;
}

Result<Admission::Ticket, Admission::Refusal> Admission::admitUnknown() {
    const std::lock_guard lock(mutex_);
    if (total_ >= limits_.sessions) return Unexpected{Refusal::Full};
    ++total_;
    return Ticket(*this);
}

void Admission::changePerAddress(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    limits_.perAddress = limit;
}

std::size_t Admission::sessions() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

}  // namespace postrider::net
