#include "answers.hpp"

#include <nlohmann/json.hpp>

namespace bot_api_server::answers {

using json = nlohmann::ordered_json;

answer success(json const& result)
{
    return {.body = json{{"ok", true}, {"result", result}}.dump()};
}

answer error(int status, std::string_view description)
{
    json const body{{"ok", false}, {"error_code", status}, {"description", description}};
    return {.status = status, .body = body.dump()};
}

answer too_many_requests(std::chrono::seconds retry_after)
{
    json body{{"ok", false}, {"error_code", 429}};
    body["description"] = "Too Many Requests: retry after " + std::to_string(retry_after.count());
    body["parameters"] = json{{"retry_after", retry_after.count()}};
    return {.status = 429, .body = body.dump()};
}

answer bad_gateway()
{
    return {.status = 502,
            .content_type = "text/html",
            .body = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
                    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n"
                    "</body>\r\n</html>\r\n"};
}

answer none(answer::ending ends)
{
    return {.ends = ends, .status = 0};
}

} // namespace bot_api_server::answers
