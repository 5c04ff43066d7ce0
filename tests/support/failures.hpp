// What tests of the classifier give it.
#pragma once

#include <mend/failure.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace support {

/// The category whose values are numbers of errno, as a client's system calls report them.
inline std::error_category const& errno_category()
{
#ifdef _WIN32
    return std::generic_category();
#else
    return std::system_category();
#endif
}

inline mend::failure said(int code, std::string message = {})
{
    return {.code = code, .message = std::move(message)};
}

inline mend::failure said(std::string message)
{
    return said(0, std::move(message));
}

inline mend::failure met(std::error_code error)
{
    return {.error = error, .message = error.message()};
}

template <class Exception>
std::exception_ptr thrown(Exception exception)
{
    return std::make_exception_ptr(std::move(exception));
}

inline mend::failure carrying(std::exception_ptr exception)
{
    return {.exception = std::move(exception)};
}

struct animal : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct cat : animal {
    using animal::animal;
};

/// One of Asio's own errors, of either of its backends, as the standard's.
template <class Error>
std::error_code as_standard(Error error)
{
    return decltype(make_error_code(error)){error};
}

}  // namespace support
