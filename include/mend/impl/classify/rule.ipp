// Prints a rule in words.
#pragma once

#include <mend/impl/classify/rule.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace mend::detail {
namespace {

std::string type_name(std::type_info const& type)
{
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> const name{abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                           std::free};
    return name ? name.get() : type.name();
}

struct in_words {
    std::string operator()(name_match const& match) const { return "the name " + match.text.source(); }
    std::string operator()(message_match const& match) const
    {
        return (match.where == reach::words ? "the words \"" : "the text \"") + match.text.source() + '"';
    }
    std::string operator()(code_match const& match) const
    {
        if (match.first == match.last)
            return "the code " + std::to_string(match.first);
        return "a code from " + std::to_string(match.first) + " to " + std::to_string(match.last);
    }
    std::string operator()(error_match const& match) const
    {
        return "the error " + (match.error.category().name() + (':' + std::to_string(match.error.value())));
    }
    std::string operator()(condition_match const& match) const
    {
        return "the condition " + (match.condition.category().name() + (':' + std::to_string(match.condition.value())));
    }
    std::string operator()(type_match const& match) const { return "the type " + type_name(*match.type); }
    std::string operator()(predicate_match const&) const { return "a rule in code"; }
    std::string operator()(native_match const& match) const { return match.description; }
};

}  // namespace

std::string to_text(rule const& of)
{
    return std::visit(in_words{}, of.match);
}

}  // namespace mend::detail
