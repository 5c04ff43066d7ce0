// What Telegram, the Bot API and clients say in words instead of names.
#pragma once

#include <mend/classifier.hpp>
#include <mend/failure.hpp>

#include <string_view>

namespace mend::telegram {

/// Adds a rule for each sentence that is known.
void add_sentences(classifier& rules);

/// What the sentences alone say about a text; category::unknown where it is none of them. An RPC code does not matter.
[[nodiscard]] classification read_sentence(std::string_view text);

}  // namespace mend::telegram
