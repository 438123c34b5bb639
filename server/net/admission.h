#pragma once

#include "common/base/ip_address.h"
#include "common/base/result.h"

#include <cstddef>
#include <map>
#include <mutex>

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

        void giveBack() noexcept;

    private:
        friend class Admission;
        using PerAddress = std::map<IpAddress, std::size_t>;
        Ticket(Admission& admission, PerAddress::iterator address)
            : admission_(&admission), address_(address) {}

        Admission* admission_ = nullptr;  ///< null: no place
        PerAddress::iterator address_;
    };

    explicit Admission(Limits limits) : limits_(limits) {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;
    ~Admission() = default;

    Result<Ticket, Refusal> admit(const IpAddress& client);
    [[nodiscard]] std::size_t sessions() const;
    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

private:
    const Limits limits_;
    mutable std::mutex mutex_;
    std::size_t total_ = 0;
    Ticket::PerAddress perAddress_;  ///< no entry is zero
};

}  // namespace postrider::net
