// Summarises the errors of a log by category.
#pragma once

#include "evidence.hpp"
#include "frequent.hpp"
#include "records.hpp"

#include <mend/category.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace explain {

/// Counts lines, in bounded memory.
class log_summary {
public:
    static constexpr std::size_t texts_kept = 200;   ///< for each category; a text is 100 bytes at most
    static constexpr std::size_t names_kept = 1000;  ///< not in the catalogue
    static constexpr std::size_t longest_name = 128;

    log_summary();

    void add(record const&);
    void add(line const& single);

    /// `top`: how many of the most frequent texts of each category are shown.
    [[nodiscard]] std::string to_text(std::string_view file, std::size_t top) const;
    [[nodiscard]] nlohmann::ordered_json to_json(std::string_view file, std::size_t top) const;

private:
    struct range {
        std::uint64_t count = 0;
        std::uint64_t first = 0;
        std::uint64_t last = 0;

        void add(std::uint64_t line) noexcept;
    };

    struct tally {
        range lines;
        std::uint64_t waits = 0;
        std::chrono::milliseconds longest{0};
        std::chrono::milliseconds sum{0};
        frequent texts{texts_kept};
    };

    [[nodiscard]] std::vector<std::size_t> by_count() const;
    [[nodiscard]] double share(std::size_t category) const;

    std::uint64_t lines_ = 0;
    range errors_;
    range cut_;
    range unrecognised_;
    std::vector<tally> categories_;
    frequent unrecognised_texts_{texts_kept};
    frequent unknown_names_{names_kept};
};

/// Reads the whole file. Throws input_error if it cannot be read.
[[nodiscard]] log_summary summarise(std::string const& file);

}  // namespace explain
