// The words of HTTP's statuses.
#pragma once

#include <array>
#include <string_view>

namespace mend::detail {

struct status_words {
    int status;
    std::string_view words;  ///< in small letters
};

/// The statuses that the Bot API's server and the gateways in front of it answer.
inline constexpr std::array all_status_words{
    status_words{400, "bad request"},
    status_words{401, "unauthorized"},
    status_words{403, "forbidden"},
    status_words{404, "not found"},
    status_words{407, "proxy authentication required"},
    status_words{408, "request timeout"},
    status_words{409, "conflict"},
    status_words{413, "request entity too large"},
    status_words{413, "payload too large"},
    status_words{414, "uri too long"},
    status_words{421, "misdirected request"},
    status_words{429, "too many requests"},
    status_words{500, "internal server error"},
    status_words{502, "bad gateway"},
    status_words{503, "service unavailable"},
    status_words{503, "service temporarily unavailable"},
    status_words{504, "gateway timeout"},
    status_words{504, "gateway time-out"},
};

}  // namespace mend::detail
