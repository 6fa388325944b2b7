using FastRelay.Equipment.Devices;

namespace FastRelay.Equipment.Tests.Devices;

/// <summary>SPEC 7.4, at every millisecond.</summary>
public class HeartbeatScheduleTests
{
    private const int Interval = 250; // 25 s in units of 100 ms
    private readonly FixedEntropy _entropy = new(0);

    private HeartbeatSchedule Start(long now = 0, int ackEvery = 1) => new(_entropy, now, Interval, ackEvery);

    [Fact]
    public void The_first_heartbeat_goes_at_once_and_asks()
    {
        Start(now: 77).Poll(77).ShouldBe(HeartbeatStep.SendWantingAck);
    }

    [Theory]
    [InlineData(0x00, 20_000)]
    [InlineData(0x80, 22_510)]
    [InlineData(0xFF, 25_000)]
    [Trait("Claim", "8")]
    [Trait("Claim", "12")]
    [Trait("Claim", "23")]
    [Trait("Claim", "27")]
    public void Heartbeats_come_every_interval_times_four_fifths_to_one(byte random, int expected)
    {
        _entropy.Value = random;
        var schedule = Start();
        schedule.Poll(0);
        schedule.OnAck(50, Interval, 1);

        schedule.DueMs.ShouldBe(50 + expected);
        schedule.Poll(49 + expected).ShouldBe(HeartbeatStep.Wait);
        schedule.Poll(50 + expected).ShouldBe(HeartbeatStep.SendWantingAck);
    }

    [Fact]
    public void An_ack_that_does_not_come_is_asked_for_again_after_1_2_and_4_seconds_and_then_given_up()
    {
        var schedule = Start();
        var sent = new List<long>();
        long given = -1;
        for (long now = 0; given < 0 && now < 60_000; now++)
        {
            var step = schedule.Poll(now);
            if (step == HeartbeatStep.SendWantingAck) sent.Add(now);
            if (step == HeartbeatStep.GiveUp) given = now;
        }

        sent.ShouldBe([0L, 1_000, 3_000, 7_000]);
        given.ShouldBe(11_000);
    }

    [Fact]
    public void An_ack_between_the_repetitions_ends_them()
    {
        var schedule = Start();
        schedule.Poll(0);
        schedule.Poll(1_000);
        schedule.OnAck(1_200, Interval, 1);
        schedule.IsAwaitingAck.ShouldBeFalse();

        schedule.Poll(21_199).ShouldBe(HeartbeatStep.Wait);
        schedule.Poll(21_200).ShouldBe(HeartbeatStep.SendWantingAck);
        schedule.Poll(22_200).ShouldBe(HeartbeatStep.SendWantingAck);
        schedule.DueMs.ShouldBe(24_200);
    }

    [Fact]
    public void Only_every_ack_every_th_heartbeat_asks()
    {
        var schedule = Start(ackEvery: 3);
        schedule.Poll(0);
        schedule.OnAck(0, Interval, 3);

        var steps = new List<HeartbeatStep>();
        long now = 0;
        for (int i = 0; i < 6; i++)
        {
            now = schedule.DueMs;
            steps.Add(schedule.Poll(now));
            if (steps[^1] == HeartbeatStep.SendWantingAck) schedule.OnAck(now, Interval, 3);
        }

        const HeartbeatStep plain = HeartbeatStep.Send, asking = HeartbeatStep.SendWantingAck;
        steps.ShouldBe([plain, plain, asking, plain, plain, asking]);
        now.ShouldBe(6 * 20_000);
    }

    [Fact]
    public void An_interval_that_the_server_changes_counts_from_the_ack_that_told_it()
    {
        var schedule = Start(ackEvery: 15);
        schedule.Poll(0);
        schedule.OnAck(0, Interval, 15);
        schedule.Poll(20_000).ShouldBe(HeartbeatStep.Send);

        schedule.OnAck(20_010, 50, 15);

        schedule.DueMs.ShouldBe(20_010 + 4_000);
    }

    [Fact]
    public void An_ack_that_changes_nothing_and_was_not_asked_for_does_not_move_the_next_heartbeat()
    {
        var schedule = Start(ackEvery: 15);
        schedule.Poll(0);
        schedule.OnAck(0, Interval, 15);

        schedule.OnAck(19_000, Interval, 15);

        schedule.DueMs.ShouldBe(20_000);
    }

    [Fact]
    public void Zero_in_an_ack_leaves_the_interval_and_asks_every_time()
    {
        var schedule = Start(ackEvery: 15);
        schedule.Poll(0);
        schedule.OnAck(0, 0, 0);

        schedule.Poll(20_000).ShouldBe(HeartbeatStep.SendWantingAck);
    }

    [Fact]
    public void After_sleep_or_a_change_of_network_a_heartbeat_goes_at_once_and_asks()
    {
        var schedule = Start(ackEvery: 15);
        schedule.Poll(0);
        schedule.OnAck(0, Interval, 15);

        schedule.Hurry(5_000);

        schedule.Poll(5_000).ShouldBe(HeartbeatStep.SendWantingAck);
        schedule.Poll(6_000).ShouldBe(HeartbeatStep.SendWantingAck);
    }

    [Fact]
    public void A_heartbeat_out_of_turn_puts_the_next_an_interval_away_but_never_stops_a_repetition()
    {
        var schedule = Start();
        schedule.Poll(0);
        schedule.OnSentOutOfTurn(500);
        schedule.DueMs.ShouldBe(1_000);

        schedule.OnAck(600, Interval, 1);
        schedule.OnSentOutOfTurn(700);
        schedule.DueMs.ShouldBe(20_700);
    }
}
