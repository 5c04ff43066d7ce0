#include "script.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace tdjson_stub {
namespace {

constexpr std::string_view steps_known[] = {"reply", "update", "connection", "authorization", "accepted", "sent", "failed"};

step parse_step(json const& text)
{
    step made;
    for (auto const& [key, value] : text.items()) {
        if (key == "after")
            made.after = std::chrono::milliseconds(value.get<int>());
        else if (made.what.empty() && std::find(std::begin(steps_known), std::end(steps_known), key) != std::end(steps_known))
            made.what = key, made.value = value;
        else
            throw std::invalid_argument("a step knows no \"" + key + "\", or does two things: " + text.dump());
    }
    if (made.what.empty())
        throw std::invalid_argument("a step does nothing: " + text.dump());
    return made;
}

play default_play(std::string const& type)
{
    auto const steps = [](char const* text) {
        play made;
        for (auto const& each : json::parse(text))
            made.push_back(parse_step(each));
        return made;
    };
    if (type == "start")
        return steps(R"([{"authorization": "WaitTdlibParameters"}])");
    if (type == "getAuthorizationState")
        return steps(R"([{"reply": {"@type": "authorizationStateWaitTdlibParameters"}}])");
    if (type == "setTdlibParameters")
        return steps(R"([{"reply": {"@type": "ok"}}, {"connection": "Connecting"}, {"authorization": "Ready"},
                         {"connection": "Updating"}, {"connection": "Ready"}])");
    if (type == "addProxy")
        return steps(R"([{"reply": {"@type": "addedProxy", "id": 1}}])");
    if (type == "sendMessage")
        return steps(R"([{"accepted": true}, {"sent": true}])");
    if (type == "close")
        return steps(R"([{"reply": {"@type": "ok"}}, {"authorization": "Closing"}, {"authorization": "Closed"}])");
    return steps(R"([{"reply": {"@type": "ok"}}])");
}

play parse_play(std::string const& type, json const& text)
{
    if (text == "default")
        return default_play(type);
    if (!text.is_array())
        throw std::invalid_argument(type + ": a play is an array of steps or \"default\": " + text.dump());
    play made;
    for (auto const& each : text)
        made.push_back(parse_step(each));
    return made;
}

}  // namespace

script::script(json const& text)
{
    if (!text.is_object())
        throw std::invalid_argument("a script is a JSON object");
    for (auto const& [type, given] : text.items()) {
        auto& made = plays_[type];
        made.always = given.is_object();
        if (made.always)
            made.of_turn.push_back(parse_play(type, given.at("always")));
        else if (type == "start")
            made.of_turn.push_back(parse_play(type, given));
        else
            for (auto const& each : given)
                made.of_turn.push_back(parse_play(type, each));
    }
}

play script::next(std::string const& type)
{
    auto& known = plays_[type];
    if (known.always)
        return known.of_turn.front();
    return known.turn < known.of_turn.size() ? known.of_turn[known.turn++] : default_play(type);
}

}  // namespace tdjson_stub
