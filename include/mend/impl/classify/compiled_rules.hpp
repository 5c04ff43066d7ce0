// A rule set with its index, shared by the copies of a classifier.
#pragma once

#include <mend/impl/classify/rule_set.hpp>

#include <atomic>
#include <memory>
#include <mutex>

namespace mend::detail {

class rule_index;

/// One owner changes it; after that, reading is thread-safe. The index is built on first use.
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

    /// Builds the index in the first call. Thread-safe; throws only std::bad_alloc.
    [[nodiscard]] rule_index const& index() const;

    /// Returns whether it has ever been shared; if so, it must not be changed. This is a flag, since a use count of one does not
    /// mean that the thread which dropped the other reference has finished reading.
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
