// Reads exceptions for whose type there is no rule of describe<E>.
#pragma once

#include <mend/failure.hpp>

#include <exception>

namespace mend::detail {

/// Rethrows the exception once. `nested` becomes the exception inside, if there is one.
void describe_standard(std::exception_ptr const&, failure& into, std::exception_ptr& nested);

/// Replaces what was read from an exception by what the failure states. Throws std::bad_alloc.
void keep_stated(failure const& stated, failure& read);

}  // namespace mend::detail
