#pragma once

#include "common/base/ip_address.h"
#include "common/base/result.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>

namespace postrider::net {

/// Counts the sessions of all listeners together and says who is let in. Locks inside; outlives its
/// tickets.
class Admission {
public:
    struct Limits {
        std::size_t sessions = 1000;
        std::size_t perAddress = 50;  ///< for IPv6 per /64, which is what one customer gets
    };
    enum class Refusal { Full, TooManyFromAddress };

    /// A session's place, given back at the latest when this object goes. Movable; one thread at a
    /// time.
    class Ticket {
    public:
        Ticket() = default;
        Ticket(Ticket&& other) noexcept;
        Ticket& operator=(Ticket&& other) noexcept;
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        ~Ticket() { giveBack(); }

        /// Counts the place for this address too, once it is known; only after admitUnknown(). A
        /// refused one goes on to count over all.
        Result<Done, Refusal> identify(const IpAddress& client);
        void giveBack() noexcept;

    private:
        friend class Admission;
        using PerAddress = std::map<IpAddress, std::size_t>;
        explicit Ticket(Admission& admission) : admission_(&admission) {}

        Admission* admission_ = nullptr;  ///< null: no place
        std::optional<PerAddress::iterator> address_;
    };

    explicit Admission(Limits limits) : limits_(limits) {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;
    ~Admission() = default;

    Result<Ticket, Refusal> admit(const IpAddress& client);
    /// A client of whom a proxy will tell the address: counts over all, until identify().
    Result<Ticket, Refusal> admitUnknown();
    /// For those who come from now on.
    void changePerAddress(std::size_t limit);
    [[nodiscard]] std::size_t sessions() const;

private:
    mutable std::mutex mutex_;
    Limits limits_;
    std::size_t total_ = 0;
    Ticket::PerAddress perAddress_;  ///< no entry is zero
};

}  // namespace postrider::net
