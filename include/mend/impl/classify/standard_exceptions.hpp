// How exceptions are read whose type no rule of describe<E> knows.
#pragma once

#include <mend/failure.hpp>

#include <exception>

namespace mend::detail {

/// One rethrow, and one for each level of nesting. `nested`: what the exception holds inside, if it does.
void describe_standard(std::exception_ptr const&, failure& into, std::exception_ptr& nested);

/// What was stated beside an exception beats what is read from it. Throws std::bad_alloc.
void keep_stated(failure const& stated, failure& read);

}  // namespace mend::detail
