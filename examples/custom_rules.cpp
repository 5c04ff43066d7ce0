// Adds rules of your own; they take precedence over Telegram's.
#include <mend/mend.hpp>

#include <iostream>
#include <stdexcept>

// The exceptions of a client that does not know mend.
struct client_error : std::runtime_error {
    client_error(int its_code, char const* text) : std::runtime_error{text}, code{its_code} {}
    int code;
};
struct proxy_banned : client_error {
    using client_error::client_error;
};

int main()
{
    auto rules = mend::classifier{}
                     .describe<client_error>([](client_error const& error) {
                         mend::failure described;
                         described.code = error.code;
                         described.message = error.what();
                         return described;
                     })
                     .when<proxy_banned>(mend::category::proxy)
                     .when_name("SHOP_CLOSED_FOR_{minutes}", mend::category::flood_wait, mend::scope::account)
                     .when_message("our own gateway", mend::category::temporary)
                     .when_code(1200, 1299, mend::category::custom_0)
                     .when([](mend::failure const& failure) -> std::optional<mend::classification> {
                         if (failure.message.size() < 4096)
                             return std::nullopt;
                         mend::classification meaning;
                         meaning.what = mend::category::permanent;  // a page of HTML is nothing to retry
                         return meaning;
                     })
                     .then(mend::telegram::rules());

    auto const show = [&](std::exception_ptr thrown) {
        mend::failure failure;
        failure.exception = thrown;
        auto const meaning = rules.classify(failure);
        std::cout << to_string(meaning.what) << ", " << to_string(meaning.where);
        if (meaning.retry_after)
            std::cout << ", wait " << meaning.retry_after->count() << " ms";
        std::cout << '\n';
        return meaning.what;
    };
    bool right = show(std::make_exception_ptr(proxy_banned{403, "go away"})) == mend::category::proxy;
    right &= show(std::make_exception_ptr(client_error{400, "SHOP_CLOSED_FOR_5"})) == mend::category::flood_wait;
    right &= show(std::make_exception_ptr(client_error{0, "answer of our own gateway"})) == mend::category::temporary;
    right &= show(std::make_exception_ptr(client_error{1234, "?"})) == mend::category::custom_0;
    right &= show(std::make_exception_ptr(client_error{420, "FLOOD_WAIT_37"})) == mend::category::flood_wait;
    return right ? 0 : 1;
}
