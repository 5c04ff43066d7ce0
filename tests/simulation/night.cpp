#include "night.hpp"

#include "client.hpp"

#include <algorithm>

namespace simulation {

verdict run(plan const& night)
{
    checker judge{night};
    journal log{[&](entry const& each) { judge.see(each); }};
    clock time{night.one_by_one};
    telegram server{night, time};
    asio::io_context context{1};
    client sender{night, time, server, log, context};
    sender.begin();
    bool const came_to_an_end = time.run(context);
    if (!came_to_an_end)
        judge.stuck();
    for (auto const& each : night.operations)
        judge.arrived(each.index, server.delivered(each.index));
    judge.finish(sender.manager().stats(), sender.manager().history());

    verdict all;
    all.broken = judge.first();
    all.judged_no_further = judge.judged_no_further();
    all.entries = log.take();
    all.operations = night.operations.size();
    all.attempts = static_cast<std::size_t>(std::count_if(all.entries.begin(), all.entries.end(),
                                                          [](entry const& each) { return each.what == entry::kind::request; }));
    return all;
}

}  // namespace simulation
