// mend_simulation: nights from seeds, each judged by the checker. See --help.
#include "claim.hpp"
#include "planted.hpp"
#include "shrink.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace {

using namespace simulation;

struct arguments_given {
    std::uint64_t seed = 0;
    std::uint64_t first = 1;
    std::uint64_t seeds = 200;
    unsigned operations = 0;
    double hours = 0;
    unsigned bug = 0;
    std::vector<unsigned> only;
    std::vector<std::string> without;
    std::vector<std::string> known;
    std::string open;
    bool claim = false;
    bool quiet = false;
};

std::string describe(violation const& broken)
{
    std::string const whose = broken.operation == nobody ? "" : fmt::format(" op{}", broken.operation);
    return fmt::format("invariant {} broken at {} ms{}: {}", broken.invariant, broken.at == ms::max() ? -1 : broken.at.count(),
                       whose, broken.text);
}

/// Prints as little as shows what is wrong, and how to see it again.
void report(dials const& from, violation const& broken, unsigned bug)
{
    fmt::print("seed {}: {}\nlooking for a smaller night ...\n", from.seed, describe(broken));
    std::fflush(stdout);
    dials const small = shrink(from, broken);
    plan const night = make_plan(small);
    auto verdict = run(night);
    // Nothing that comes later, and no account that is never used.
    std::erase_if(verdict.entries, [&](entry const& each) {
        bool const later = verdict.broken && each.at > verdict.broken->at;
        bool const used = each.account == nobody || each.account >= static_cast<int>(night.accounts) ||
                          std::any_of(night.operations.begin(), night.operations.end(),
                                      [&](auto const& one) { return static_cast<int>(one.account) == each.account; });
        return later || !used;
    });
    fmt::print("\n{}\n{}\nreplay: mend_simulation{} {}\n", print(night, verdict.entries),
               verdict.broken ? describe(*verdict.broken) : "it does not fail any more: the night is not deterministic",
               bug != 0 ? fmt::format("_planted --bug {}", bug) : "", arguments(small));
}

int run_one(arguments_given const& given, dials from)
{
    from.seed = given.seed;
    from.operations = given.operations != 0 ? given.operations : 500;
    plan const night = make_plan(from);
    auto const verdict = run(night);
    if (!given.quiet)
        fmt::print("{}", print(night, verdict.entries));
    if (!verdict.broken) {
        fmt::print("seed {}: {} operations, {} attempts, all invariants held{}\n", given.seed, verdict.operations,
                   verdict.attempts, verdict.judged_no_further ? " until it met what is open" : "");
        return 0;
    }
    fmt::print("seed {}: {}\n", given.seed, describe(*verdict.broken));
    return 1;
}

int run_many(arguments_given const& given, dials from)
{
    auto const began = std::chrono::steady_clock::now();
    auto const seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
    unsigned const total = given.operations != 0 ? given.operations : 100'000;
    from.operations = std::max(1U, static_cast<unsigned>(total / given.seeds));
    std::uint64_t nights = 0;
    std::size_t operations = 0;
    std::size_t attempts = 0;
    std::size_t open = 0;
    std::size_t otherwise = 0;  // nights in which the planted bug breaks other invariants only
    for (from.seed = given.first; nights < given.seeds || seconds() < given.hours * 3600; ++from.seed) {
        auto const verdict = run(make_plan(from));
        ++nights;
        operations += verdict.operations;
        attempts += verdict.attempts;
        open += verdict.judged_no_further ? 1U : 0U;
        if (!verdict.broken)
            continue;
        if (given.bug != 0) {
            if (verdict.broken->invariant != static_cast<int>(given.bug)) {  // its own has to be seen broken
                ++otherwise;
                continue;
            }
            fmt::print("planted bug {} found by seed {} of {}: {}\n", given.bug, nights, given.seeds, describe(*verdict.broken));
            return 0;
        }
        report(from, *verdict.broken, given.bug);
        return 1;
    }
    fmt::print("seeds {} to {}, {} operations, {} attempts in {:.1f} s: {}\n", given.first, from.seed - 1, operations, attempts,
               seconds(),
               given.bug != 0 ? fmt::format("the planted bug was not found; other invariants broke in {} nights", otherwise)
                              : "all invariants held");
    if (open != 0)
        fmt::print("{} of these nights were judged only until they met what {} names\n", open, given.open);
    return given.bug != 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char* argv[])
{
    arguments_given given;
    CLI::App app{
        "Simulated nights on virtual time: mend against a Telegram of its own, judged by a checker that shares no code with it."};
    app.add_option("--seed", given.seed, "one night, and print its history");
    app.add_option("--first", given.first, "the first of many seeds")->capture_default_str();
    app.add_option("--seeds", given.seeds, "so many nights")->capture_default_str()->check(CLI::PositiveNumber);
    app.add_option("--operations", given.operations, "of one night (500), or of all nights together (100000)")
        ->check(CLI::PositiveNumber);
    app.add_option("--hours", given.hours, "go on with new seeds for so long")->check(CLI::NonNegativeNumber);
    app.add_option("--only", given.only, "of the night's operations, only these")->delimiter(',');
    app.add_option("--without", given.without, "troubles that do not occur")->delimiter(',');
    app.add_option("--known", given.known, "violations whose texts contain this do not count: look for others");
    app.add_option("--open", given.open,
                   "a file of texts, one a line, # begins a comment: with such a violation a night is judged no further")
        ->check(CLI::ExistingFile);
    app.add_flag("--quiet", given.quiet, "with --seed: print no history");
    app.add_flag("--claim", given.claim, "the same nights with a naive loop, with a backoff and with mend, as a table");
#ifdef MEND_PLANTED_BUGS
    app.add_option("--bug", given.bug, "plant the bug that breaks this invariant, and find it")->check(CLI::Range(1, 15));
#endif
    CLI11_PARSE(app, argc, argv);
#ifdef MEND_PLANTED_BUGS
    planted_bug = given.bug;
#endif
    dials from;
    from.only = given.only;
    from.known = given.known;
    std::ifstream open{given.open};
    for (std::string line; std::getline(open, line);) {
        if (!line.empty() && line.front() != '#')
            from.open.push_back(line);
    }
    for (auto const& each : given.without) {
        auto const which = trouble_named(each);
        if (!which) {
            fmt::print(stderr, "--without {}: no such trouble; there are:", each);
            for (std::size_t known = 0; known != trouble_count; ++known)
                fmt::print(stderr, " {}", to_string(static_cast<trouble>(known)));
            fmt::print(stderr, "\n");
            return 2;
        }
        from.without.set(static_cast<std::size_t>(*which));
    }
    if (given.claim) {
        fmt::print("{}", claim(given.first, given.seeds));
        return 0;
    }
    return app.count("--seed") != 0 ? run_one(given, from) : run_many(given, from);
}
