// A rule set with the index over it, shared by the copies of a classifier.
#pragma once

#include <mend/impl/classify/rule_set.hpp>

#include <atomic>
#include <memory>
#include <mutex>

namespace mend::detail {

class rule_index;

/// Changed by one owner, then read by any number of threads. The index is built on first use.
class compiled_rules {
public:
    compiled_rules();
    compiled_rules(compiled_rules const&);  ///< copies the rules, not the index
    compiled_rules& operator=(compiled_rules const&) = delete;
    ~compiled_rules();

    [[nodiscard]] rule_set const& source() const noexcept { return source_; }
    void add(rule);
    void add(describer);
    void append(rule_set const& later);

    /// The first caller builds it. Thread-safe; throws std::bad_alloc alone.
    [[nodiscard]] rule_index const& index() const;

    /// Once shared, never to be changed again. A flag and not the shared_ptr's use count: reading a count of one says
    /// nothing about what the thread that dropped the other reference is still doing.
    [[nodiscard]] bool is_shared() const noexcept { return shared_.load(std::memory_order_relaxed); }
    void share() const noexcept { shared_.store(true, std::memory_order_relaxed); }

private:
    void drop_index() noexcept;

    rule_set source_;
    mutable std::atomic<bool> shared_{false};
    mutable std::mutex building_;
    mutable std::unique_ptr<rule_index const> owned_;
    mutable std::atomic<rule_index const*> index_{nullptr};
};

}  // namespace mend::detail
