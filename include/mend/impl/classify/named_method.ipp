// Finds the method that the text of an error names.
#pragma once

#include <mend/impl/classify/named_method.hpp>

#include <mend/failure.hpp>
#include <mend/impl/classify/method_name.hpp>
#include <mend/impl/classify/text_reader.hpp>

#include <new>

namespace mend::detail {

std::string_view named_method(std::string_view text) noexcept
{
    std::string_view on;
    text_reader reader{text};
    for (token word; reader.next(word) && reader.cause().empty();) {
        if (!on.empty() || word.in(text) != "on" || text.substr(word.end, 1) != " ")
            continue;
        auto const name = method_at(text, word.end + 1);
        if (name.ends_with("Request"))
            on = name;
    }
    auto const name = reader.cause().empty() ? on : reader.cause();
    return is_wrapper(name) ? std::string_view{} : name;
}

void name_method(failure& about) noexcept
{
    if (!about.method.empty())
        return;
    try {
        about.method = named_method(about.message);
    } catch (std::bad_alloc const&) {  // it is a hint; without it, the method of the call counts
    }
}

}  // namespace mend::detail
