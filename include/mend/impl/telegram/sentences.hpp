// The rules for sentences that Telegram, the Bot API and clients print instead of names.
#pragma once

#include <mend/classifier.hpp>
#include <mend/failure.hpp>

#include <string_view>

namespace mend::telegram {

/// Adds a rule for each known sentence.
void add_sentences(classifier& rules);

/// Classifies a text by the sentences alone, without an RPC code; category::unknown if it has none of them.
[[nodiscard]] classification read_sentence(std::string_view text);

}  // namespace mend::telegram
