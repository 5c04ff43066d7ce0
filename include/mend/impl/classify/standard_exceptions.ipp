// Reads exceptions for whose type there is no rule of describe<E>.
#pragma once

#include <mend/impl/classify/standard_exceptions.hpp>

#include <mend/errors.hpp>

#include <string>
#include <system_error>

#ifdef MEND_USE_BOOST_ASIO
#include <boost/system/system_error.hpp>
#endif

namespace mend::detail {

void describe_standard(std::exception_ptr const& thrown, failure& into, std::exception_ptr& nested)
{
    try {
        std::rethrow_exception(thrown);
    } catch (operation_error const& error) {
        into = error.failure();
        if (into.message.empty())
            into.message = error.what();
    } catch (std::system_error const& error) {
        into.error = error.code();
        into.message = error.what();
#ifdef MEND_USE_BOOST_ASIO
    } catch (boost::system::system_error const& error) {
        into.error = error.code();
        into.message = error.what();
#endif
    } catch (std::exception const& error) {
        into.message = error.what();
        if (auto const* outer = dynamic_cast<std::nested_exception const*>(&error))
            nested = outer->nested_ptr();
    } catch (std::nested_exception const& outer) {
        nested = outer.nested_ptr();
    } catch (failure const& stated) {  // thrown without operation_error around it
        into = stated;
    } catch (std::error_code const& error) {
        into.error = error;
        into.message = error.message();
    } catch (std::string const& text) {
        into.message = text;
    } catch (char const* text) {
        if (text != nullptr)
            into.message = text;
    } catch (...) {
    }
    if (into.message.empty())
        into.message = "unknown exception";
}

void keep_stated(failure const& stated, failure& read)
{
    if (stated.retry_after)
        read.retry_after = stated.retry_after;
    if (stated.delivered)
        read.delivered = stated.delivered;
    if (stated.number)
        read.number = stated.number;
    if (stated.known)
        read.known = stated.known;
    if (stated.where)
        read.where = stated.where;
    if (!stated.method.empty())
        read.method = stated.method;
}

}  // namespace mend::detail
