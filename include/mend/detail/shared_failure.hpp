// A failure that an outcome and an exception share. Its size is one pointer, since a success moves it several times, always null.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>

#include <utility>

namespace mend::detail {

/// Counts its users like std::shared_ptr, with the same thread safety.
class shared_failure {
public:
    shared_failure() noexcept = default;
    MEND_API explicit shared_failure(failure what);
    shared_failure(shared_failure const& other) noexcept : kept_{other.kept_}
    {
        if (kept_ != nullptr)
            share(*kept_);
    }
    shared_failure(shared_failure&& other) noexcept : kept_{std::exchange(other.kept_, nullptr)} {}
    shared_failure& operator=(shared_failure other) noexcept
    {
        std::swap(kept_, other.kept_);
        return *this;
    }
    ~shared_failure()
    {
        if (kept_ != nullptr) [[unlikely]]
            release(*kept_);
    }

    /// Returns null if it holds none.
    [[nodiscard]] failure const* get() const noexcept { return kept_ != nullptr ? look(*kept_) : nullptr; }

private:
    struct kept;

    MEND_API static void share(kept&) noexcept;
    MEND_API static void release(kept&) noexcept;
    MEND_API static failure const* look(kept const&) noexcept;

    kept* kept_ = nullptr;
};

}  // namespace mend::detail
