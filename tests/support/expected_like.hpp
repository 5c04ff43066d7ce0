// A result of an operation, as much of std::expected<int, E> as mend reads.
#pragma once

#include <utility>
#include <variant>

namespace support {

template <class E>
class result {
public:
    result(int value) : state_{value} {}
    result(E error) : state_{std::move(error)} {}
    bool has_value() const { return state_.index() == 0; }
    E const& error() const { return std::get<1>(state_); }

private:
    std::variant<int, E> state_;
};

}  // namespace support
