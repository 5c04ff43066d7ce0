// The rules of a classifier, shared by its copies, and the index over them that is built on first use.
#pragma once

#include <mend/detail/error_value.hpp>
#include <mend/detail/rule.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace mend {
class classifier;
}

namespace mend::detail {

class rule_index;

/// How an exception type is read that mend does not know.
struct describer {
    bool (*is_a)(std::exception_ptr const&);
    std::function<failure(std::exception_ptr const&)> describe;
};

/// A list of rules, changed by one owner, then read by any number of threads.
class rule_set {
public:
    rule_set();
    rule_set(rule_set const&);  ///< copies the rules, not the index
    rule_set& operator=(rule_set const&) = delete;
    ~rule_set();

    void add(rule);
    void add(describer);
    void append(rule_set const& later);

    [[nodiscard]] std::vector<rule> const& rules() const noexcept { return rules_; }
    [[nodiscard]] std::vector<describer> const& describers() const noexcept { return describers_; }

    /// The compiled rules; built by whoever asks first. Thread-safe; throws std::bad_alloc alone.
    [[nodiscard]] rule_index const& index() const;

    /// Once shared, never to be changed again. A flag and not the shared_ptr's use count: reading a count of one says
    /// nothing about what the thread that dropped the other reference is still doing.
    [[nodiscard]] bool is_shared() const noexcept { return shared_.load(std::memory_order_relaxed); }
    void share() const noexcept { shared_.store(true, std::memory_order_relaxed); }

private:
    void changed();

    std::vector<rule> rules_;
    std::vector<describer> describers_;
    mutable std::atomic<bool> shared_{false};
    mutable std::mutex building_;
    mutable std::unique_ptr<rule_index const> owned_;
    mutable std::atomic<rule_index const*> index_{nullptr};
};

/// What was stated beside an exception beats what is read from it. Throws std::bad_alloc.
void keep_stated(failure const& stated, failure& read);

/// The library's own door to a classifier, for rules that the public interface has no words for.
struct rule_access {
    static void add(classifier&, rule);

    /// What the rules of describe<E> read from an error that was returned; nothing if none fits its type.
    [[nodiscard]] static std::optional<failure> read_value(classifier const&, error_value const&) noexcept;
};

}  // namespace mend::detail
