using FastRelay.Server.Options;

namespace FastRelay.Server.Tests.Standalone;

public sealed class ConfigurationTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, string?> NoEnvironment = new Dictionary<string, string?>(StringComparer.Ordinal);
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"fastrelay-config-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Without_any_setting_the_options_are_good_and_have_the_specifications_defaults()
    {
        var options = ConfigurationReader.Read(null, NoEnvironment, []);

        options.Deadlines.Hello.ShouldBe(TimeSpan.FromSeconds(2));
        options.Deadlines.Finished.ShouldBe(TimeSpan.FromSeconds(5));
        options.Deadlines.FirstMessage.ShouldBe(TimeSpan.FromSeconds(10));
        options.Deadlines.IssuerIdle.ShouldBe(TimeSpan.FromSeconds(60));
        options.Deadlines.WokenIdle.ShouldBe(TimeSpan.FromSeconds(30));
        options.Deadlines.Request.ShouldBe(TimeSpan.FromSeconds(10));
        options.Deadlines.RequestMost.ShouldBe(TimeSpan.FromSeconds(60));
        options.Limits.HalfOpen.ShouldBe(20_000);
        options.Limits.HalfOpenPerPrefix.ShouldBe(64);
        options.Limits.HandshakesPerPrefix.ShouldBe(20);
        options.Limits.HandshakeBurst.ShouldBe(5);
        options.Limits.OpenRequests.ShouldBe(256);
        options.Limits.WakesPerDevice.ShouldBe(6);
        options.Limits.WakesPerIssuer.ShouldBe(3);
        options.Limits.LoadThresholdPerPrefix.ShouldBe(16);
        options.Limits.DevicesPerDestination.ShouldBe(5);
        options.Limits.DevicesPerIssuer.ShouldBe(20);
        options.Limits.Resets.ShouldBe(100_000);
        options.Limits.ResetsPerPrefix.ShouldBe(1_000);
        options.Heartbeat.Interval.ShouldBe(TimeSpan.FromSeconds(25));
        options.Heartbeat.Missed.ShouldBe(3);
        options.Heartbeat.SessionLifetime.ShouldBe(TimeSpan.FromDays(7));
        options.Route.ShouldBe(RoutePolicy.P4First);
        options.Http!.Address.ShouldBe(System.Net.IPAddress.Loopback);
    }

    [Fact]
    public void Arguments_go_over_the_environment_and_the_environment_over_the_file()
    {
        File.WriteAllText(_file, """{"heartbeat":{"interval":"10s","missed":4,"ackEvery":2},"names":["a.example","192.0.2.7"]}""");
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["FASTRELAY_HEARTBEAT__MISSED"] = "5",
            ["FASTRELAY_HEARTBEAT__ACKEVERY"] = "6",
            ["FASTRELAY_PASSWORD"] = "another program's",
        };

        var options = ConfigurationReader.Read(_file, environment, [KeyValuePair.Create<string, string?>("heartbeat:ackEvery", "7")]);

        options.Heartbeat.Interval.ShouldBe(TimeSpan.FromSeconds(10));
        options.Heartbeat.Missed.ShouldBe(5);
        options.Heartbeat.AckEvery.ShouldBe(7);
        options.Names.ShouldBe(["a.example", "192.0.2.7"]);
    }

    [Theory]
    [InlineData("""{"heartbeat":{"interval":"soon"}}""", "heartbeat:interval", "soon", "25s")]
    [InlineData("""{"heartbeat":{"interval":"0s"}}""", "heartbeat:interval", "0s", "from 100ms")]
    [InlineData("""{"heartbeat":{"missed":0}}""", "heartbeat:missed", "0", "from 1 to 255")]
    [InlineData("""{"limits":{"halfOpen":"many"}}""", "limits:halfOpen", "many", "whole number")]
    [InlineData("""{"route":"P5"}""", "route", "P5", "P4First, FastFirst, P4Only, FastOnly")]
    [InlineData("""{"route":"1"}""", "route", "1", "P4First")]
    [InlineData("""{"listen":"relay.example:1"}""", "listen", "relay.example:1", "ADDR:PORT")]
    [InlineData("""{"listen":"127.0.0.1"}""", "listen", "127.0.0.1", "ADDR:PORT")]
    [InlineData("""{"listen":"::1"}""", "listen", "::1", "ADDR:PORT")]
    [InlineData("""{"names":["a b"]}""", "names", "a b", "DNS names")]
    [InlineData("""{"log":{"level":"loud"}}""", "log:level", "loud", "Information")]
    [InlineData("""{"deadlines":{"hello":"6s"}}""", "deadlines:hello", "6s", "at most deadlines:finished")]
    [InlineData("""{"certificate":{"lifetime":"10d"}}""", "certificate:renewBefore", "30d", "less than certificate:lifetime")]
    public void A_bad_value_names_its_key_the_value_and_what_is_allowed(string json, string key, string value, string allowed)
    {
        File.WriteAllText(_file, json);

        var error = Should.Throw<OptionException>(() => ConfigurationReader.Read(_file, NoEnvironment, []));

        error.Message.ShouldContain(key);
        error.Message.ShouldContain(value);
        error.Message.ShouldContain(allowed);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        File.WriteAllText(_file, """{"route":"x","heartbeat":{"missed":"y"},"limits":{"z":1}}""");

        Should.Throw<OptionException>(() => ConfigurationReader.Read(_file, NoEnvironment, [])).Errors.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("""{"heartbeat":{"intervall":"25s"}}""", "heartbeat:intervall", "is it heartbeat:interval?")]
    [InlineData("""{"quux":true}""", "quux", "known are listen")]
    public void An_unknown_key_in_the_file_is_a_fault(string json, string key, string hint)
    {
        File.WriteAllText(_file, json);

        string message = Should.Throw<OptionException>(() => ConfigurationReader.Read(_file, NoEnvironment, [])).Message;

        message.ShouldContain(key);
        message.ShouldContain(hint);
    }

    [Fact]
    public void A_bad_environment_variable_and_a_bad_argument_are_faults()
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FASTRELAY_ROUTE"] = "nowhere" };
        Should.Throw<OptionException>(() => ConfigurationReader.Read(null, environment, [])).Message.ShouldContain("nowhere");
        Should.Throw<OptionException>(() => ConfigurationReader.Read(null, NoEnvironment, [KeyValuePair.Create<string, string?>("rout", "P4Only")]))
            .Message.ShouldContain("is it route?");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    public void A_file_that_isnt_a_JSON_object_is_a_fault_that_names_the_file(string json)
    {
        File.WriteAllText(_file, json);
        Should.Throw<OptionException>(() => ConfigurationReader.Read(_file, NoEnvironment, [])).Message.ShouldContain(Path.GetFileName(_file));
    }

    [Fact]
    public void A_missing_file_is_a_fault() =>
        Should.Throw<OptionException>(() => ConfigurationReader.Read(_file, NoEnvironment, [])).Message.ShouldContain("exists");

    [Fact]
    public void Every_key_takes_back_the_text_it_gives()
    {
        var options = new RelayServerOptions { Names = ["a.example", "2001:db8::1"] };
        foreach (var key in OptionKeys.All)
        {
            string text = key.Format(options);
            key.Apply(options, text).ShouldBeNull(key.Name);
            key.Format(options).ShouldBe(text);
        }
        OptionKeys.All.Select(k => k.EnvironmentName).ShouldBeUnique(StringComparer.Ordinal);
    }

    [Fact]
    public void Options_set_by_code_are_held_to_the_same_ranges()
    {
        var options = new RelayServerOptions();
        options.Limits.OpenRequests = 0;
        options.Validate().ShouldHaveSingleItem().Key.ShouldBe("limits:openRequests");
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("25s", 25_000)]
    [InlineData("10m", 600_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("7d", 604_800_000)]
    public void A_duration_is_a_number_and_a_unit(string text, long milliseconds)
    {
        DurationText.TryParse(text, out var value).ShouldBeTrue();
        value.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
        DurationText.Format(value).ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1.5s")]
    [InlineData("5 s")]
    [InlineData("999999999999d")]
    [InlineData("9999999999999ms")]
    public void What_isnt_a_duration_is_refused(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();
}
