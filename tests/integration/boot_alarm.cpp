// The system clock's alarm, whose descriptor stays set when the alarm is disarmed, and may be set too early.
#include <boost/test/unit_test.hpp>
#include <vector>

#include <faceki/clock.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

namespace {

using namespace std::chrono_literals;
using faceki::boot_clock;

struct alarm_scene {
    void arm(boot_clock::duration from_now, int name)
    {
        const auto when = boot_clock::now() + from_now;
        alarm->arm(when, [this, when, name] {
            BOOST_TEST((boot_clock::now() >= when));
            fired.push_back(name);
        });
    }

    void pause(std::chrono::milliseconds span)
    {
        asio::steady_timer timer(io, span);
        timer.async_wait([this](std::error_code) { io.stop(); });
        io.run();
        io.restart();
    }

    asio::io_context io;
    std::unique_ptr<faceki::alarm> alarm = faceki::system_boot_clock()->make_alarm(io.get_executor());
    std::vector<int> fired;
};

const std::vector<int> nothing;

} // namespace

BOOST_AUTO_TEST_SUITE(boot_alarm)

BOOST_FIXTURE_TEST_CASE(armed_for_later_it_does_not_fire_at_the_earlier_instant, alarm_scene)
{
    arm(10ms, 1);
    arm(60ms, 2);
    io.run();
    BOOST_TEST(fired == std::vector<int>{2}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(armed_for_earlier_it_fires_at_the_earlier_instant, alarm_scene)
{
    const auto begin = boot_clock::now();
    arm(1h, 1);
    arm(10ms, 2);
    io.run();
    BOOST_TEST(fired == std::vector<int>{2}, boost::test_tools::per_element());
    BOOST_TEST((boot_clock::now() - begin < 1min));
}

BOOST_FIXTURE_TEST_CASE(disarmed_it_is_silent_and_no_work, alarm_scene)
{
    arm(1h, 1);
    alarm->disarm();
    io.run();
    io.restart();
    arm(10ms, 2);
    alarm->disarm();
    pause(40ms); // its descriptor becomes readable meanwhile
    BOOST_TEST(fired == nothing, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(armed_again_behind_an_instant_that_passed_unheard, alarm_scene)
{
    arm(10ms, 1);
    alarm->disarm();
    pause(40ms);
    arm(30ms, 2);
    io.run();
    io.restart();
    arm(10ms, 3);
    io.run();
    BOOST_TEST(fired == (std::vector<int>{2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
