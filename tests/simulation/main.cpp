#include "night.hpp"
#include <cstdio>
#include <cstdlib>
#include <string>
using namespace simulation;
int main(int argc, char** argv)
{
    std::uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1, count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    for (auto s = first; s != first + count; ++s) {
        dials d; d.seed = s;
        auto const p = make_plan(d);
        auto v = run(p);
        if (argc > 3) std::fputs(print(p, v.entries).c_str(), stdout);
        if (v.broken) std::printf("seed %llu: %d at %lld op%d: %s\n", (unsigned long long)s, v.broken->invariant, (long long)v.broken->at.count(), v.broken->operation, v.broken->text.c_str());
        else if (count < 5) std::printf("seed %llu ok %zu attempts\n", (unsigned long long)s, v.attempts);
    }
}
