// Random numbers that are the same on every machine, in streams that do not disturb one another.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace simulation {

/// All times are milliseconds since the night began.
using ms = std::chrono::milliseconds;

/// SplitMix64. A stream of its own for each thing that is drawn: taking one operation or fault away leaves what is
/// drawn for the others as it was, which is what makes shrinking work.
class randomness {
public:
    explicit randomness(std::uint64_t seed) noexcept : state_{seed} {}

    /// The stream that belongs to a name and two numbers.
    [[nodiscard]] randomness of(std::string_view name, std::uint64_t a = 0, std::uint64_t b = 0) const noexcept
    {
        std::uint64_t hash = state_;
        for (char const each : name)
            hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001B3U;
        return randomness{mix(mix(mix(hash) ^ a) + b)};
    }

    std::uint64_t next() noexcept { return mix(state_ += 0x9E3779B97F4A7C15U); }
    double unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
    bool chance(double probability) noexcept { return unit() < probability; }

    /// In [from, to].
    std::int64_t between(std::int64_t from, std::int64_t to) noexcept
    {
        return from + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(to - from + 1));
    }
    ms between(ms from, ms to) noexcept { return ms{between(from.count(), to.count())}; }

    template <class T>
    T pick(std::initializer_list<T> all) noexcept
    {
        return all.begin()[next() % all.size()];
    }

private:
    static std::uint64_t mix(std::uint64_t bits) noexcept
    {
        bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
        bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
        return bits ^ (bits >> 31U);
    }

    std::uint64_t state_;
};

}  // namespace simulation
