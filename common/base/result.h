#pragma once

#include <utility>
#include <variant>

namespace postrider {

/// The failure half of a Result, spelled like std::unexpected: `return Unexpected{Error::TooLong};`
template <class E>
struct Unexpected {
    E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

/// A value, or the reason why there is none; spelled like std::expected, which g++ 12 lacks.
///
/// For failures that belong to a mail server's day (bad input, DNS, a peer, a full disk). A broken
/// world (corrupt database, impossible state) is an exception instead. T and E must differ.
template <class T, class E>
class [[nodiscard]] Result {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): `return value;` is the point of the type
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor): `return Unexpected{error};` likewise
    Result(Unexpected<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// The value; only after has_value(). Throws std::bad_variant_access otherwise: a bug of ours.
    [[nodiscard]] T& value() & { return std::get<0>(state_); }
    [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    /// The reason; only when has_value() is false.
    [[nodiscard]] const E& error() const { return std::get<1>(state_); }

private:
    std::variant<T, E> state_;
};

/// The value of a Result that has nothing to say but that it went well.
struct Done {
    friend bool operator==(const Done&, const Done&) = default;
};

}  // namespace postrider
