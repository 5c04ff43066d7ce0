// Remembers for each type of exception which rule and which describer it belongs to.
#pragma once

#include <mend/impl/classify/code_index.hpp>
#include <mend/impl/classify/rule.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace mend::detail {

/// What depends on an exception's dynamic type alone.
struct type_facts {
    std::uint32_t rule = no_rule;
    std::size_t describer = 0;  ///< the first that fits; their number when none does
    bool nests = false;         ///< a std::nested_exception
};

/// Whether a handler catches a type can only be found out by throwing; each handler is tried once for each type.
/// Thread-safe after the last add.
class exception_type_cache {
public:
    explicit exception_type_cache(std::vector<describer> const& describers) : describers_(describers) {}

    void add(std::uint32_t rule, bool (*is_a)(std::exception_ptr const&)) { rules_.push_back({rule, is_a}); }

    [[nodiscard]] bool has_rules() const noexcept { return !rules_.empty(); }

    [[nodiscard]] type_facts facts(std::exception_ptr const&) const;

private:
    struct type_rule {
        std::uint32_t rule;
        bool (*is_a)(std::exception_ptr const&);
    };
    static constexpr std::size_t most_remembered = 256;

    [[nodiscard]] type_facts find_out(std::exception_ptr const&) const;

    std::vector<describer> const& describers_;
    std::vector<type_rule> rules_;
    mutable std::mutex remembering_;
    mutable std::unordered_map<std::type_info const*, type_facts> remembered_;
};

/// What a nested exception holds inside; null for any other, and where it holds none.
[[nodiscard]] std::exception_ptr nested_in(std::exception_ptr const&) noexcept;

}  // namespace mend::detail
