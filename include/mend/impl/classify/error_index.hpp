// Finds the first rule for an error code: by the code itself, or by a condition that it is equivalent to.
#pragma once

#include <mend/impl/classify/code_index.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace mend::detail {

/// Finds codes by hash. Only a category knows whether a code is equivalent to a condition: it is asked once for each code, and
/// the answer is cached. Thread-safe after the last add.
class error_index {
public:
    void add(std::uint32_t rule, std::error_code const&);
    void add(std::uint32_t rule, std::error_condition const&);

    [[nodiscard]] std::uint32_t find(std::error_code const&) const;

private:
    struct key {
        std::error_category const* category;
        int value;
        bool operator==(key const&) const = default;
    };
    struct key_hash {
        std::size_t operator()(key const& k) const noexcept
        {
            return std::hash<void const*>{}(k.category) ^ (std::hash<int>{}(k.value) * 0x9e3779b97f4a7c15ULL);
        }
    };
    struct condition_rule {
        std::uint32_t rule;
        std::error_condition condition;
    };
    static constexpr std::size_t most_remembered = 1024;

    [[nodiscard]] static key key_of(std::error_code const&) noexcept;
    [[nodiscard]] std::uint32_t find_condition(std::error_code const&) const;

    std::unordered_map<key, std::uint32_t, key_hash> exact_;
    std::vector<condition_rule> conditions_;
    mutable std::mutex remembering_;
    mutable std::unordered_map<key, std::uint32_t, key_hash> remembered_;
};

}  // namespace mend::detail
