// Invariant 10: nothing costs when nothing fails.
#include "support/replaced_new.hpp"
#include "support/scenario.hpp"

#include <atomic>
#include <cstdlib>
#include <tuple>

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

// For the whole executable: nothing but a counter is added.
void* support::allocate(std::size_t size) noexcept
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    return std::malloc(size == 0 ? 1 : size);
}

namespace {

using namespace support;

/// Counts how often it is asked.
class counting_time final : public mend::time_source {
public:
    explicit counting_time(mend::testing::virtual_time& below) : below_{below} {}

    std::chrono::steady_clock::time_point now() const override
    {
        ++asked;
        return below_.now();
    }
    std::chrono::system_clock::time_point wall() const override
    {
        ++asked;
        return below_.wall();
    }
    asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point until) override
    {
        ++asked;
        return below_.sleep_until(until);
    }

    mutable std::size_t asked = 0;

private:
    mend::testing::virtual_time& below_;
};

class counting_observer final : public mend::observer {
public:
    void on_event(mend::event const&) override { ++seen; }
    std::size_t seen = 0;
};

struct fixture {
    fixture()
    {
        manager.subscribe(observer);
        clock.asked = 0;
    }

    mend::options with_clock()
    {
        auto made = exact_options();
        made.time = &clock;
        return made;
    }
    template <class Function>
    void run(Function function)
    {
        asio::co_spawn(context, std::move(function), [](std::exception_ptr error) {
            if (error)
                std::rethrow_exception(error);
        });
        time.run(context);
    }

    mend::testing::virtual_time time;
    counting_time clock{time};
    asio::io_context context{1};
    std::shared_ptr<counting_observer> observer = std::make_shared<counting_observer>();
    mend::recovery_manager manager{context.get_executor(), with_clock()};
    mend::account account{manager, "sender"};
};

constexpr std::size_t rounds = 100;

/// What one round allocates after the first have filled Asio's cache of frames.
template <class Round>
asio::awaitable<void> measure(Round& round, std::size_t& allocated)
{
    for (std::size_t index = 0; index != 10; ++index)
        co_await round();
    std::size_t const before = allocations;
    for (std::size_t index = 0; index != rounds; ++index)
        co_await round();
    allocated = allocations - before;
}

template <class Round>
std::size_t allocated_by(fixture& f, Round round)
{
    std::size_t allocated = 0;
    f.run([&]() -> asio::awaitable<void> { return measure(round, allocated); });
    return allocated;
}

asio::awaitable<int> answer()
{
    co_return 42;
}
asio::awaitable<std::error_code> no_error()
{
    co_return std::error_code{};
}

/// The wrapper that one would write by hand: one frame around the operation.
asio::awaitable<int> by_hand(int& sum)
{
    sum += co_await answer();
    co_return sum;
}

}  // namespace

TEST_CASE("10.1 an operation that succeeds at once reads no clock and causes no event", "[invariant-10]")
{
    fixture f;
    int sum = 0;
    auto const operation = [] { return answer(); };
    auto const taking = [](mend::attempt&) { return answer(); };
    mend::call const about{.method = "messages.sendMessage", .peer = 7, .context = "label"};
    f.run([&]() -> asio::awaitable<void> {
        sum += co_await mend::with_recovery(f.account, operation);
        sum += co_await mend::with_recovery(f.account, taking);
        sum += co_await mend::with_recovery(f.account, about, operation);
        sum += co_await mend::with_recovery(f.account, about, taking);
        auto const outcome = co_await mend::try_with_recovery(f.account, about, operation);
        sum += *outcome;
    });
    CHECK(sum == 5 * 42);
    CHECK(f.clock.asked == 0);
    CHECK(f.observer->seen == 0);
    CHECK(f.manager.history().empty());
    auto const stats = f.manager.stats();
    CHECK(stats.operations == 5);
    CHECK(stats.failures == 0);
    CHECK(stats.recoveries == 0);
}

TEST_CASE("10.2 an operation that succeeds at once allocates at most its one frame", "[invariant-10]")
{
    fixture f;
    auto const operation = [] { return answer(); };
    mend::call const about{.method = "messages.sendMessage", .peer = 7};
    int sum = 0;
    std::size_t const hand = allocated_by(f, [&]() -> asio::awaitable<void> { (void)co_await by_hand(sum); });
    std::size_t const plain =
        allocated_by(f, [&]() -> asio::awaitable<void> { sum += co_await mend::with_recovery(f.account, operation); });
    std::size_t const with_call =
        allocated_by(f, [&]() -> asio::awaitable<void> { sum += co_await mend::with_recovery(f.account, about, operation); });
    std::size_t const with_errors =
        allocated_by(f, [&]() -> asio::awaitable<void> { (void)co_await mend::with_recovery(f.account, &no_error); });
    // The frame itself comes from Asio's cache or, where that is in use, from the heap.
    CHECK(hand <= rounds);
    CHECK(plain <= hand + rounds);
    CHECK(with_call <= hand + rounds);
    CHECK(with_errors <= hand + rounds);
}

TEST_CASE("10.3 an operation needs no more allocations than a wrapper by hand", "[invariant-10]")
{
    fixture f;
    auto const operation = [] { return answer(); };
    int sum = 0;
    std::size_t hand = 0;
    std::size_t plain = 0;
    // Awaited directly: two frames live below the measuring one, which Asio keeps in its cache.
    f.run([&]() -> asio::awaitable<void> {
        for (std::size_t index = 0; index != rounds + 10; ++index) {
            std::size_t const before = allocations;
            (void)co_await by_hand(sum);
            hand += index < 10 ? 0 : allocations - before;
        }
    });
    f.run([&]() -> asio::awaitable<void> {
        for (std::size_t index = 0; index != rounds + 10; ++index) {
            std::size_t const before = allocations;
            sum += co_await mend::with_recovery(f.account, operation);
            plain += index < 10 ? 0 : allocations - before;
        }
    });
    CHECK(plain <= hand);
}

TEST_CASE("10.4 an account that was in trouble and is well again costs nothing again", "[invariant-10]")
{
    fixture f;
    std::size_t asked = 1;
    std::size_t seen = 1;
    auto const failing = [&](mend::attempt& which) -> asio::awaitable<int> {
        if (which.number() == 1)
            throw mend::rpc_error{420, "FLOOD_WAIT_5"};
        if (which.number() == 2)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return 1;
    };
    auto const operation = [] { return answer(); };
    f.run([&]() -> asio::awaitable<void> {
        (void)co_await mend::with_recovery(f.account, failing);
        f.clock.asked = 0;
        f.observer->seen = 0;
        (void)co_await mend::with_recovery(f.account, operation);
        asked = f.clock.asked;
        seen = f.observer->seen;
    });
    CHECK(f.manager.stats().failures == 2);
    CHECK(asked == 0);
    CHECK(seen == 0);
}

TEST_CASE("10.5 the trouble of one account costs the others nothing", "[invariant-10]")
{
    fixture f;
    mend::account other{f.manager, "other"};
    std::size_t asked = 1;
    auto const failing = []() -> asio::awaitable<int> {
        throw mend::rpc_error{401, "USER_DEACTIVATED_BAN"};
        co_return 1;
    };
    auto const operation = [] { return answer(); };
    f.run([&]() -> asio::awaitable<void> {
        (void)co_await mend::try_with_recovery(f.account, {}, failing);
        f.clock.asked = 0;
        f.observer->seen = 0;
        (void)co_await mend::with_recovery(other, operation);
        asked = f.clock.asked;
    });
    CHECK(asked == 0);
    CHECK(f.observer->seen == 0);
}

TEST_CASE("10.6 attempt 1 runs inline: nothing is posted", "[invariant-10]")
{
    fixture f;
    bool interleaved = false;
    bool other_ran = false;
    auto const operation = [&]() -> asio::awaitable<int> {
        interleaved = interleaved || other_ran;
        co_return 1;
    };
    f.run([&]() -> asio::awaitable<void> {
        asio::post(f.context, [&] { other_ran = true; });
        (void)co_await mend::with_recovery(f.account, operation);
        interleaved = interleaved || other_ran;
    });
    CHECK(other_ran);
    CHECK(!interleaved);
}

TEST_CASE("10.7 an account that never failed is small", "[invariant-10]")
{
    fixture f;
    std::vector<mend::account> accounts;
    accounts.reserve(100);
    std::size_t const before = allocations;
    for (int index = 0; index != 100; ++index)
        accounts.emplace_back(f.manager, "an id that is too long for any small string buffer", "+100000000000000000");
    CHECK(allocations - before <= 200);  // its core, and perhaps its place in a list
    CHECK(sizeof(mend::account) <= 2 * sizeof(void*));
}
