using System.Text.Json;
using FastRelay.Server.Logging;
using FastRelay.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace FastRelay.Server.Tests.Standalone;

public sealed class LoggingTests
{
    private const string Hostile = "a\r\nFAKE 2026 info\u001b[31m\"}\u2028\u202e\0é";

    [Fact]
    public void A_line_stays_one_line_whatever_is_in_the_message()
    {
        string line = Write(new LogLineFormatter(new ManualTimeProvider()));
        line.Count(c => c == '\n').ShouldBe(1);
        line.ShouldEndWith("\n");
        line.TrimEnd('\n').Any(char.IsControl).ShouldBeFalse();
        line.ShouldNotContain('\u2028');
        line.ShouldNotContain('\u202e');
        line.ShouldStartWith("2026-01-01T00:00:00.000Z warn 1999 a\\u000D\\u000AFAKE");
        line.ShouldContain("é");
    }

    [Fact]
    public void A_JSON_event_is_one_line_and_gives_the_text_back()
    {
        string line = Write(new LogJsonFormatter(new ManualTimeProvider()));
        line.Count(c => c == '\n').ShouldBe(1);
        line.Any(c => char.IsControl(c) && c != '\n').ShouldBeFalse();
        using var json = JsonDocument.Parse(line);
        json.RootElement.GetProperty("message").GetString().ShouldBe(Hostile);
        json.RootElement.GetProperty("id").GetInt32().ShouldBe(1999);
        json.RootElement.GetProperty("event").GetString().ShouldBe("Test");
        json.RootElement.GetProperty("level").GetString().ShouldBe("warn");
        json.RootElement.GetProperty("fields").GetProperty("count").GetInt64().ShouldBe(7);
    }

    [Fact]
    public void A_gate_lets_through_so_many_a_second_and_tells_how_many_it_withheld()
    {
        var time = new ManualTimeProvider();
        var gate = new LogGate(time, perSecond: 2);
        gate.TryEnter(out _).ShouldBeTrue();
        gate.TryEnter(out _).ShouldBeTrue();
        for (int i = 0; i < 1000; i++) gate.TryEnter(out _).ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        gate.TryEnter(out long withheld).ShouldBeTrue();
        withheld.ShouldBe(1000);
        gate.TryEnter(out withheld).ShouldBeTrue();
        withheld.ShouldBe(0);
    }

    private static string Write(ConsoleFormatter formatter)
    {
        using var text = new StringWriter();
        KeyValuePair<string, object?>[] state = [new("count", 7), new("{OriginalFormat}", "x")];
        formatter.Write(
            new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Warning, "Test", new EventId(1999, "Test"), state, null, (_, _) => Hostile), null, text);
        return text.ToString();
    }
}
