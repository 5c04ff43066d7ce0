// Caches for each type of exception which rule and which describer match it.
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

/// What depends only on the dynamic type of an exception.
struct type_facts {
    std::uint32_t rule = no_rule;
    std::size_t describer = 0;  ///< index of the first that matches; their number if none does
    bool nests = false;         ///< it is a std::nested_exception
};

/// Whether a handler catches a type is known only after a throw; each handler is tried once for each type. Thread-safe after the
/// last add.
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

/// Returns the exception inside a std::nested_exception; null if there is none, or if it is another exception.
[[nodiscard]] std::exception_ptr nested_in(std::exception_ptr const&) noexcept;

}  // namespace mend::detail
