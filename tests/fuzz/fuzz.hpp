// What the fuzz targets share: an input that is eaten piece by piece, and claims about what came out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

/// Says what does not hold and ends the program, for libFuzzer to keep the input.
#define CLAIM(...)                                                                                                               \
    do {                                                                                                                         \
        if (!(__VA_ARGS__)) {                                                                                                    \
            std::fprintf(stderr, "%s:%d: FAILED: %s\n", __FILE__, __LINE__, #__VA_ARGS__);                                       \
            std::abort();                                                                                                        \
        }                                                                                                                        \
    } while (false)

namespace fuzz {

/// Gives out the input's bytes; zeros when there are none left.
class input {
public:
    input(std::uint8_t const* data, std::size_t size) : left_{reinterpret_cast<char const*>(data), size} {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }

    std::uint8_t byte() noexcept
    {
        if (left_.empty())
            return 0;
        auto const result = static_cast<std::uint8_t>(left_.front());
        left_.remove_prefix(1);
        return result;
    }

    bool flip() noexcept { return (byte() & 1U) != 0; }

    /// In [0, end).
    std::size_t below(std::size_t end) noexcept { return byte() % end; }

    template <class Number>
    Number number() noexcept
    {
        std::uint64_t result = 0;
        for (std::size_t each = 0; each < sizeof(Number); ++each)
            result = result << 8U | byte();
        return static_cast<Number>(result);
    }

    /// Mostly what the program meets, at times anything.
    int code() noexcept
    {
        constexpr int usual[] = {0,   400, 420, 429, 401,  403,  404,  406, 409, 303,
                                 500, 502, 503, 599, -404, -429, -503, 200, 413, 407};
        auto const which = byte();
        return which < std::size(usual) ? usual[which] : number<int>();
    }

    /// Up to the next line's end.
    std::string_view line() noexcept
    {
        auto const end = left_.find('\n');
        auto const result = left_.substr(0, end);
        left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
        return result;
    }

    std::string_view rest() noexcept
    {
        auto const result = left_;
        left_ = {};
        return result;
    }

private:
    std::string_view left_;
};

}  // namespace fuzz
